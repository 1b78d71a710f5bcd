package main

import (
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

func TestCondText(t *testing.T) {
	masked := func(arg uint8, mask, value uint64) policy.Cond {
		return policy.Cond{Arg: arg, Op: policy.MaskedEQ, Mask: mask, Value: value}
	}
	cond := func(arg uint8, op policy.Op, value uint64) policy.Cond {
		return policy.Cond{Arg: arg, Op: op, Value: value, Width: 32}
	}
	for _, tt := range []struct {
		abi  arch.Arch
		call string
		cond policy.Cond
		want string
	}{
		{arch.X86_64, "socket", cond(0, policy.LT, 38), "a0 < 38 (AF_ALG)"},
		{arch.X86_64, "socket", cond(0, policy.EQ, 1), "a0 == 1 (AF_UNIX)"},
		{arch.X86_64, "socket", cond(0, policy.NE, 16), "a0 != 16 (AF_NETLINK)"},
		{arch.X86_64, "socket", cond(0, policy.EQ, 999), "a0 == 999"},
		{arch.X86_64, "socket", cond(1, policy.EQ, 2), "a1 == 2 (SOCK_DGRAM)"},
		{arch.MIPS, "socket", cond(1, policy.EQ, 2), "a1 == 2 (SOCK_STREAM)"},
		{arch.X86_64, "socket", cond(2, policy.EQ, 2), "a2 == 2"},
		{arch.X86_64, "read", cond(0, policy.EQ, 1), "a0 == 1"},
		{arch.X86_64, "clone", masked(0, 0x10020000, 0), "a0 & 0x10020000 == 0 (none of CLONE_NEWNS|CLONE_NEWUSER)"},
		{arch.X86_64, "clone", masked(0, 1<<28, 1<<28), "a0 & 0x10000000 == 0x10000000 (CLONE_NEWUSER)"},
		{arch.X86_64, "clone", masked(0, 0x10020000, 1<<28), "a0 & 0x10020000 == 0x10000000 (CLONE_NEWUSER of CLONE_NEWNS|CLONE_NEWUSER)"},
		{arch.X86_64, "clone", masked(0, 0x7e020000, 0), "a0 & 0x7e020000 == 0 (none of CLONE_NEWNS|NEWCGROUP|NEWUTS|NEWIPC|NEWUSER|NEWPID|NEWNET)"},
		{arch.X86_64, "clone", masked(0, 0x10000001, 0), "a0 & 0x10000001 == 0"},
		{arch.X86_64, "clone", masked(0, 1<<28, 1), "a0 & 0x10000000 == 1"},
		{arch.X86_64, "clone", masked(1, 1<<28, 1<<28), "a1 & 0x10000000 == 0x10000000"},
		{arch.S390X, "clone", masked(1, 1<<28, 1<<28), "a1 & 0x10000000 == 0x10000000 (CLONE_NEWUSER)"},
		{arch.X86_64, "clone", masked(0, 0, 0), "a0 & 0x0 == 0"},
		{arch.X86_64, "ioctl", cond(1, policy.EQ, 0x5412), "a1 == 21522 (TIOCSTI)"},
		{arch.X86_64, "openat", masked(2, 3, 0), "a2 & 0x3 == 0 (none of O_WRONLY|O_RDWR)"},
		{arch.X86_64, "personality", cond(0, policy.EQ, 8), "a0 == 8 (PER_LINUX32)"},
	} {
		if got := condText(tt.abi, tt.call, tt.cond); got != tt.want {
			t.Errorf("condText(%s, %s, %s) = %q, want %q", tt.abi, tt.call, tt.cond, got, tt.want)
		}
	}
}

// TestDomains: the table names calls and constants that there are.
func TestDomains(t *testing.T) {
	for call, args := range domains {
		if !syscalls.Known(call) {
			t.Errorf("unknown call %s", call)
		}
		for arg, d := range args {
			for _, prefix := range append(d.prefixes, d.not...) {
				found := false
				for n := range syscalls.Constants() {
					found = found || len(n) >= len(prefix) && n[:len(prefix)] == prefix
				}
				if !found {
					t.Errorf("%s, argument %d: no constant %s*", call, arg, prefix)
				}
			}
		}
	}
}
