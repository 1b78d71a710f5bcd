// Runtime compiles the filter of a container as an OCI runtime does, which has the
// config.json as structs of the runtime specification:
//
//	GOWORK=off go run . < config.json > filter.program
//
// The function section is the half of an engine, which makes the section of a profile.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/profile"
)

func main() {
	var spec specs.Spec
	err := json.NewDecoder(os.Stdin).Decode(&spec)
	if err == nil {
		err = write(&spec)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// write writes the filter with its flags, as the container's first process takes it.
func write(spec *specs.Spec) error {
	target, err := profile.Host()
	if err != nil {
		return err
	}
	f, err := filter(spec, target)
	if err != nil || f == nil {
		return err
	}
	program, err := install.NewProgram(f.Insns(), f.Flags()).MarshalBinary()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(program)
	return err
}

// filter returns the container's filter, nil if it asks for none.
func filter(spec *specs.Spec, target profile.Target) (*compile.Filter, error) {
	if spec.Linux == nil || spec.Linux.Seccomp == nil {
		return nil, nil
	}
	p, err := profile.FromStruct(spec.Linux.Seccomp, profile.ParseOptions{File: "spec.Linux.Seccomp"})
	if err != nil {
		return nil, err
	}
	return compile.Profile(p, target, compile.Options{})
}
