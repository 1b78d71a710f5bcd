//go:build seccomp

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	elasticarch "github.com/elastic/go-seccomp-bpf/arch"
	"github.com/opencontainers/runtime-spec/specs-go"
	seccomp "github.com/seccomp/libseccomp-golang"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// A load is a made-up profile: the first N calls of x86_64 that all compilers
// know are allowed, each if argument 0 is one of k numbers.
type load struct {
	names, values int
	shared        bool // the same numbers for every call, else no number comes twice
}

var loads = []load{{100, 0, false}, {350, 0, false}, {100, 1, false}, {100, 2, false}, {100, 8, false}, {350, 1, false}, {350, 2, false}, {350, 8, false}, {350, 2, true}, {350, 8, true}}

func (l load) String() string {
	if l.shared {
		return fmt.Sprintf("%d, the same %d", l.names, l.values)
	}
	return fmt.Sprintf("%d, %d", l.names, l.values)
}

// section returns the profile. Numbers differ in both halves, so that nobody can
// do with comparing one.
func (l load) section() ([]byte, error) {
	s := specs.LinuxSeccomp{DefaultAction: specs.ActErrno, Architectures: []specs.Arch{specs.ArchX86_64}}
	i, value := 0, uint64(0)
	for _, nr := range numbers(arch.X86_64) {
		name, _ := syscalls.Name(arch.X86_64, nr)
		if _, ok := elasticarch.X86_64.SyscallNames[name]; !ok || i == l.names {
			continue
		}
		if _, err := seccomp.GetSyscallFromName(name); err != nil {
			continue
		}
		i++
		entry := specs.LinuxSyscall{Names: []string{name}, Action: specs.ActAllow}
		if l.values == 0 {
			s.Syscalls = append(s.Syscalls, entry)
		}
		if l.shared {
			value = 0
		}
		for range l.values {
			value++
			entry.Args = []specs.LinuxSeccompArg{{Index: 0, Op: specs.OpEqualTo, Value: value<<32 | value}}
			s.Syscalls = append(s.Syscalls, entry)
		}
	}
	if i < l.names {
		return nil, fmt.Errorf("all compilers know %d calls, not %d", i, l.names)
	}
	return json.Marshal(s)
}

// growers are the compilers that get the loads, and the power of the number of
// values that their time is taken to grow with: they are not asked for what would
// go on for too long. We take the loads as the others do: the default reading
// knows that many arguments have 32 bits, and such conditions never hold.
var growers = []struct {
	compiler
	power float64
}{
	{compiler{name: seccompile.name, compile: ours(profile.CompatRunc)}, 1.5},
	{binaryTree, 3.5},
	{goSeccomp, 1.5},
	{gVisor, 1.2},
}

// A growth is what a compiler makes of a load.
type growth struct {
	insns   int
	took    time.Duration
	refused bool // by the compiler: more than the kernel takes
	skipped bool // it would take too long
}

func (g growth) String() string {
	switch {
	case g.skipped:
		return "not run"
	case g.refused:
		return fmt.Sprintf("refused: %d", g.insns)
	case g.insns > abi.MaxInsns:
		return fmt.Sprintf("%d (too many) / %s ms", g.insns, digits(g.took.Seconds()*1000))
	}
	return fmt.Sprintf("%d / %s ms", g.insns, digits(g.took.Seconds()*1000))
}

// grow has a compiler make programs of all loads but those for which it would
// take longer than the limit.
func grow(c compiler, power float64, limit time.Duration) ([]growth, error) {
	list := make([]growth, len(loads))
	perValue := map[bool]float64{} // by shared: the seconds of the last load, over its values to the power
	for i, l := range loads {
		size := math.Pow(float64(l.names*max(1, l.values)), power)
		if perValue[l.shared]*size > limit.Seconds() {
			list[i].skipped = true
			continue
		}
		section, err := l.section()
		if err != nil {
			return nil, err
		}
		list[i], err = build(c, section, limit)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", c.name, l, err)
		}
		perValue[l.shared] = list[i].took.Seconds() / size
	}
	return list, nil
}

// build has a compiler make a program of a section, three times if that takes
// little of the limit, and keeps the least time.
func build(c compiler, section []byte, limit time.Duration) (g growth, err error) {
	for range 3 {
		start := time.Now()
		insns, err := c.compile(section, arch.X86_64)
		took := time.Since(start)
		var over *compile.SizeError
		switch {
		case errors.As(err, &over):
			return growth{insns: over.Insns, refused: true}, nil
		case err != nil:
			return g, err
		case g.insns == 0 || took < g.took:
			g = growth{insns: len(insns), took: took}
		}
		if took > limit/50 {
			break
		}
	}
	return g, nil
}
