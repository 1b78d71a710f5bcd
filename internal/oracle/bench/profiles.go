//go:build seccomp

package main

import (
	"encoding/json"
	"fmt"

	containers "github.com/containers/common/pkg/seccomp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// kernel is what profiles are resolved for.
var kernel = syscalls.Version{Major: 6, Minor: 18}

// Work is what every compiler gets: the linux.seccomp section of an OCI
// config.json, for programs of a native ABI.
type work struct {
	name    string
	native  arch.Arch
	section []byte
	single  bool            // no ABI but the native one
	ours    *compile.Filter // by our default reading
}

// profiles returns the work that real profiles make.
func profiles() ([]work, error) {
	podman, err := json.Marshal(containers.DefaultProfile())
	if err != nil {
		return nil, err
	}
	var list []work
	for _, p := range []struct {
		name    string
		text    []byte
		dialect profile.Dialect
		native  arch.Arch
		single  bool
	}{
		{"Docker, x86_64", profile.DefaultText(), profile.Docker, arch.X86_64, true},
		{"Docker, x86_64 + x86 + x32", profile.DefaultText(), profile.Docker, arch.X86_64, false},
		{"Docker, aarch64 + arm", profile.DefaultText(), profile.Docker, arch.AArch64, false},
		{"Podman, x86_64 + x86 + x32", podman, profile.Containers, arch.X86_64, false},
	} {
		w, err := newWork(p.name, p.text, p.dialect, p.native, p.single)
		if err != nil {
			return nil, err
		}
		list = append(list, w)
	}
	return list, nil
}

// newWork resolves a profile for Docker's capabilities.
func newWork(name string, text []byte, d profile.Dialect, native arch.Arch, single bool) (work, error) {
	prof, err := profile.Parse(text, profile.ParseOptions{Dialect: d})
	if err != nil {
		return work{}, fmt.Errorf("%s: %w", name, err)
	}
	t := target(native)
	t.AcceptWeaker = true // runc reads less in the section than we do, and is measured by what it reads
	pol, err := prof.Resolve(t)
	if err != nil {
		return work{}, fmt.Errorf("%s: %w", name, err)
	}
	section, err := pol.MarshalJSON()
	if err == nil && single {
		section, err = nativeOnly(section)
	}
	if err != nil {
		return work{}, fmt.Errorf("%s: %w", name, err)
	}
	ours, err := compile.JSON(section, target(native), compile.Options{})
	if err != nil {
		return work{}, fmt.Errorf("%s: %w", name, err)
	}
	return work{name, native, section, single, ours}, nil
}

// nativeOnly returns the section without the ABIs after the first.
func nativeOnly(section []byte) ([]byte, error) {
	var keys map[string]json.RawMessage
	var abis []string
	if err := json.Unmarshal(section, &keys); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(keys["architectures"], &abis); err != nil {
		return nil, err
	}
	text, err := json.Marshal(abis[:1])
	if err != nil {
		return nil, err
	}
	keys["architectures"] = text
	return json.Marshal(keys)
}

func target(native arch.Arch) profile.Target {
	caps, err := profile.ParseCaps("docker")
	if err != nil {
		panic(err) // a set that it has
	}
	return profile.Target{Arch: native, Kernel: kernel, Caps: caps}
}
