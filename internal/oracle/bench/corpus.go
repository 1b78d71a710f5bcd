//go:build seccomp

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// rivals are the compilers that profiles of a directory are compared with.
var rivals = []compiler{linear, binaryTree, runc, goSeccomp, gVisor}

// shortTurn is that of a profile of many.
const shortTurn = 2 * time.Millisecond

// A score is how our programs for many profiles compare with a rival's.
type score struct {
	name                  string
	compared              int // both compile it
	equal                 int // of these, proved to mean the same
	smaller, same, larger int // their programs, of those that are proved equal
	faster, alike, slower int // by the mean over the calls that count
	wins                  []string
	pairs                 []pair // of those that are proved equal
}

// A pair is what two compilers make of a profile.
type pair struct {
	calls        int // that the profile has rules for, of the first ABI
	ours, theirs size
	time         float64 // theirs to ours
}

// add adds a profile for which both programs are proved to mean the same. They win if
// theirs is better in one of the two and not worse in the other.
func (s *score) add(id string, ours, theirs size) {
	s.equal++
	switch {
	case theirs.insns < ours.insns:
		s.smaller++
	case theirs.insns == ours.insns:
		s.same++
	default:
		s.larger++
	}
	switch {
	case theirs.mean < ours.mean:
		s.faster++
	case theirs.mean == ours.mean:
		s.alike++
	default:
		s.slower++
	}
	if theirs != ours && theirs.insns <= ours.insns && theirs.mean <= ours.mean {
		s.wins = append(s.wins, id)
	}
}

// A size is what of a program counts here.
type size struct {
	insns int
	mean  float64 // executed for the calls that count, each once
}

// scoresOf compares the compilers on all profiles of a directory, for x86_64 as the
// native ABI. Without rounds, nothing is timed.
func scoresOf(dir string, rounds int) (profiles int, list []score, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return 0, nil, err
	}
	if len(files) == 0 {
		return 0, nil, fmt.Errorf("no profiles, *.json, in %s", dir)
	}
	for _, c := range rivals {
		s := score{name: c.name}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return 0, nil, err
			}
			if err := s.compete(&c, strings.TrimSuffix(filepath.Base(file), ".json"), text, rounds); err != nil {
				return 0, nil, fmt.Errorf("%s: %s: %w", filepath.Base(file), c.name, err)
			}
		}
		list = append(list, s)
	}
	return len(files), list, nil
}

// compete has a rival compile a profile, if both can.
func (s *score) compete(c *compiler, id string, text []byte, rounds int) error {
	p, err := profile.Parse(text, profile.ParseOptions{})
	if err != nil {
		return nil
	}
	t := target(arch.X86_64)
	t.Compat, t.AcceptWeaker, t.Enosys.Mode = c.compat, true, profile.EnosysOff
	res, err := p.Resolve(t)
	if err != nil {
		return nil
	}
	section, err := res.MarshalJSON()
	if err != nil {
		return nil
	}
	if c.single {
		if section, err = firstArch(section); err != nil {
			return err
		}
	}
	theirs, err := c.compile(section, arch.X86_64)
	if err != nil {
		return nil
	}
	pol, err := c.meaning(section)
	if err != nil {
		return err
	}
	if _, err := vm.New(theirs, arch.X86_64.ByteOrder()); err != nil {
		return nil // the kernel does not take it
	}
	s.compared++
	w, err := prove.Policy(theirs, pol)
	if err != nil || w != nil {
		return err
	}
	ours, err := compile.Policy(pol, compile.Options{})
	if err != nil {
		return err
	}
	a, err := sizeOf(ours.Insns(), ours)
	if err != nil {
		return err
	}
	b, err := sizeOf(theirs, ours)
	if err != nil {
		return err
	}
	s.add(id, a, b)
	one := pair{calls: calls(pol), ours: a, theirs: b}
	if rounds > 0 {
		times, err := clock([]job{
			{seccompile.name, func() error {
				pol, err := c.meaning(section)
				if err == nil {
					_, err = compile.Policy(pol, compile.Options{})
				}
				return err
			}},
			{c.name, func() error {
				_, err := c.compile(section, arch.X86_64)
				return err
			}},
		}, rounds, shortTurn)
		if err != nil {
			return err
		}
		one.time = times[1].ratio
	}
	s.pairs = append(s.pairs, one)
	return nil
}

// calls returns how many calls of its first ABI a policy has rules for.
func calls(pol *policy.Policy) int {
	var list []uint32
	for _, r := range pol.Arches[0].Rules {
		list = append(list, r.Nr)
	}
	slices.Sort(list)
	return len(slices.Compact(list))
}

// firstArch returns the section for its first ABI alone.
func firstArch(section []byte) ([]byte, error) {
	var fields map[string]json.RawMessage
	var arches []string
	if err := json.Unmarshal(section, &fields); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(fields["architectures"], &arches); err != nil {
		return nil, err
	}
	first, err := json.Marshal(arches[:1])
	if err != nil {
		return nil, err
	}
	fields["architectures"] = first
	return json.Marshal(fields)
}

// meaning returns what a section means to the compiler, where it is right. Those for one
// ABI have answers of their own for other ABIs.
func (c *compiler) meaning(section []byte) (*policy.Policy, error) {
	p, err := profile.Parse(section, profile.ParseOptions{})
	if err != nil {
		return nil, err
	}
	t := target(arch.X86_64)
	t.Compat, t.AcceptWeaker, t.Enosys.Mode = c.compat, true, c.enosys
	res, err := p.Resolve(t)
	if err != nil {
		return nil, err
	}
	pol := res.Policy()
	if c.single {
		x32 := policy.ArchPolicy{Arch: arch.X32}
		if c.name == goSeccomp.name { // ENOSYS from x32's first number on
			pol.BadArch = pol.Default
			x32.Enosys = policy.Errno(38)
			x32.Newer = []policy.Range{{Lo: arch.X32Bit, Hi: ^uint32(0)}}
			native := &pol.Arches[0]
			native.Enosys, native.Newer = x32.Enosys, append(native.Newer, x32.Newer...)
		}
		pol.Arches = append(pol.Arches[:1:1], x32)
	}
	return pol, pol.Check()
}

// sizeOf returns the size of a program that means what ours does. The calls that count are
// those that are always allowed, and if there are none those without conditions.
func sizeOf(insns []bpf.RawInstruction, ours *compile.Filter) (size, error) {
	p, err := vm.New(insns, arch.X86_64.ByteOrder())
	if err != nil {
		return size{}, err
	}
	var allowed, plain []int
	for _, a := range ours.Policy().Arches {
		for _, nr := range numbers(a.Arch) {
			call := syscalls.Call{Audit: a.Arch.Audit(), Nr: nr}
			_, steps := p.Run(call)
			if ours.Cached(call) {
				allowed = append(allowed, steps)
			}
			if !slices.ContainsFunc(a.Rules, func(r policy.Rule) bool { return r.Nr == nr && len(r.Conds) > 0 }) {
				plain = append(plain, steps)
			}
		}
	}
	switch {
	case len(allowed) > 0:
		return size{len(insns), mean(allowed)}, nil
	case len(plain) > 0:
		return size{len(insns), mean(plain)}, nil
	}
	return size{insns: len(insns)}, nil
}
