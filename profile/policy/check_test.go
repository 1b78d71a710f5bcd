package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
)

// TestCheck: every fault is reported, each with the path of its field, and only
// faults are.
func TestCheck(t *testing.T) {
	one := func(change func(p *Policy)) *Policy {
		p := &Policy{Default: Errno(1), BadArch: KillProcess, Arches: []ArchPolicy{
			{Arch: arch.X86_64, Rules: []Rule{{Nr: 3, Action: Allow}, {Nr: 1, Action: Allow, Conds: []Cond{{Arg: 1, Op: GE, Value: 2}, {Arg: 1, Op: LE, Value: 9}}}}},
		}}
		change(p)
		return p
	}
	conds := func(c ...Cond) *Policy {
		return one(func(p *Policy) { p.Arches[0].Rules[1].Conds = c })
	}
	tests := []struct {
		name string
		pol  *Policy
		want []string
	}{
		{"nothing wrong", one(func(p *Policy) {}), nil},
		{"numbers in any order, TRAP with data, -1", one(func(p *Policy) {
			p.Arches[0].Rules = append(p.Arches[0].Rules, Rule{Nr: ^uint32(0), Action: Trap | 7}, Rule{Nr: 2, Action: Trace(9)})
		}), nil},
		{"several ABIs", one(func(p *Policy) { p.Arches = append(p.Arches, ArchPolicy{Arch: arch.X86}, ArchPolicy{Arch: arch.X32}) }), nil},
		{"nil", nil, []string{"no policy: nil (Resolve returns one)"}},
		{"zero", &Policy{}, []string{"Policy.Arches is empty (the native ABI is the first)"}},
		{"words that the kernel takes for something else", one(func(p *Policy) {
			p.Default, p.BadArch, p.Arches[0].Rules[0].Action = 7<<20, Allow|1, Errno(5000)
		}), []string{
			"Policy.Default is 0x00700000, which is not an action (use the constants, Errno and Trace)",
			"Policy.BadArch is ALLOW(1), which the kernel treats as ALLOW (write that)",
			"Policy.Arches[0].Rules[0].Action is ERRNO(5000), which the kernel treats as ERRNO(4095) (write that)",
		}},
		{"flags", one(func(p *Policy) {
			p.Flags = []Flag{FlagLog, FlagLog, 3, 0, 64, FlagTSync, FlagWaitKillableRecv, FlagNewListener}
		}), []string{
			"Policy.Flags[1] is SECCOMP_FILTER_FLAG_LOG, like an earlier one (delete it)",
			"Policy.Flags[2] is 0x3, which is not a flag (use the constants)",
			"Policy.Flags[3] is 0x0, which is not a flag (use the constants)",
			"Policy.Flags[4] is 0x40, which is not a flag (use the constants)",
			"Policy.Flags[5] is SECCOMP_FILTER_FLAG_TSYNC, which is about the installation (set it in install.Options)",
			"Policy.Flags[6] is SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, which the kernel refuses without NOTIFY (delete it)",
			"Policy.Flags have SECCOMP_FILTER_FLAG_NEW_LISTENER, and no action is NOTIFY (delete it)",
		}},
		{"NOTIFY without a listener", one(func(p *Policy) { p.Arches[0].Rules[0].Action = Notify }), []string{
			"Policy.Flags lack SECCOMP_FILTER_FLAG_NEW_LISTENER, without which every NOTIFY call fails with ENOSYS (add it)",
		}},
		{"NOTIFY with one", one(func(p *Policy) {
			p.Arches[0].Rules[0].Action, p.Flags = Notify, []Flag{FlagNewListener, FlagWaitKillableRecv}
		}), nil},
		{"ABIs", one(func(p *Policy) {
			p.Arches = append(p.Arches, ArchPolicy{Arch: 200}, ArchPolicy{Arch: arch.X86_64}, ArchPolicy{Arch: arch.S390X})
		}), []string{
			"Policy.Arches[1].Arch is 200, which is not an ABI (use a constant of package arch)",
			"Policy.Arches[2].Arch is x86_64, like an earlier one (put the rules of both into one)",
			"Policy.Arches[3].Arch is s390x, which does not have the byte order of x86_64 (make a policy for each)",
		}},
		{"ranges", one(func(p *Policy) {
			p.Arches[0].Newer, p.Arches[0].Enosys = []Range{{9, 8}, {400, 500}, {500, 600}}, Errno(9999)
		}), []string{
			"Policy.Arches[0].Newer[0] goes from 9 to 8 (Lo comes first)",
			"Policy.Arches[0].Newer[2] starts at 500, not after the one before, which ends at 500 (sort them, without overlaps)",
			"Policy.Arches[0].Enosys is ERRNO(9999), which the kernel treats as ERRNO(4095) (write that)",
		}},
		{"ranges of other calls", one(func(p *Policy) {
			p.Arches[0].Newer, p.Arches[0].Enosys = []Range{{0x40000000, 0x40000010}, {0x80000000, ^uint32(0)}}, Errno(38)
			p.Arches = append(p.Arches, ArchPolicy{Arch: arch.X32, Newer: []Range{{500, 600}, {1000, 0x40000500}}, Enosys: Errno(38)})
		}), []string{
			"Policy.Arches[0].Newer[0] is 0x40000000..0x40000010, and no call of x86_64 in this filter has such a number (they have 0x0..0x3fffffff, 0x80000000..0xbfffffff)",
			"Policy.Arches[1].Newer[0] is 0x1f4..0x258, and no call of x32 in this filter has such a number (they have 0x40000000..0x7fffffff, 0xc0000000..0xffffffff)",
		}},
		{"ranges where x32 is missing", one(func(p *Policy) {
			p.Arches[0].Newer, p.Arches[0].Enosys = []Range{{0x40000000, 0x40000010}, {0x80000000, ^uint32(0)}}, Errno(38)
			p.Arches[0].Rules[0].Nr = 0x80000005
		}), nil},
		{"an answer for nothing", one(func(p *Policy) { p.Arches[0].Enosys = Errno(38) }), []string{
			"Policy.Arches[0].Enosys is ERRNO(38), and Newer, the calls that get it, is empty (delete it)",
		}},
		{"NOTIFY for newer calls", one(func(p *Policy) { p.Arches[0].Newer, p.Arches[0].Enosys = []Range{{400, 500}}, Notify }), []string{
			"Policy.Flags lack SECCOMP_FILTER_FLAG_NEW_LISTENER, without which every NOTIFY call fails with ENOSYS (add it)",
		}},
		{"NOTIFY for newer calls, with a listener", one(func(p *Policy) {
			p.Arches[0].Newer, p.Arches[0].Enosys, p.Flags = []Range{{400, 500}}, Notify, []Flag{FlagNewListener}
		}), nil},
		{"numbers of x32 without it", one(func(p *Policy) { p.Arches[0].Rules[0].Nr = 0x40000000 }), []string{
			"Policy.Arches[0].Rules[0].Nr is 0x40000000, and no call of x86_64 in this filter has that number (they have 0x0..0x3fffffff, 0xffffffff..0xffffffff)",
		}},
		{"numbers of x32 without their bit", one(func(p *Policy) { p.Arches[0].Arch = arch.X32 }), []string{
			"Policy.Arches[0].Rules[0].Nr is 0x3, and no call of x32 in this filter has that number (they have 0x40000000..0x7fffffff, 0xc0000000..0xffffffff)",
			"Policy.Arches[0].Rules[1].Nr is 0x1, and no call of x32 in this filter has that number (they have 0x40000000..0x7fffffff, 0xc0000000..0xffffffff)",
		}},
		{"numbers of o32", one(func(p *Policy) { p.Arches[0].Arch, p.Arches[0].Rules = arch.MIPS64, []Rule{{Nr: 4001}, {Nr: 5001}} }), []string{
			"Policy.Arches[0].Rules[0].Nr is 0xfa1, and no call of mips64 in this filter has that number (they have 0x0..0xf9f, 0x1388..0x176f, 0x1b58..0xffffffff)",
		}},
		{"numbers of o32, by audit", one(func(p *Policy) {
			p.Arches[0].Arch, p.Arches[0].Rules, p.ByAudit = arch.MIPS64, []Rule{{Nr: 4001}, {Nr: 5001}}, true
		}), nil},
		{"every fault of a condition", conds(Cond{Arg: 9, Op: 9, Width: 3, Value: 1, Mask: 2}, Cond{Op: EQ, Width: 16, Value: 1 << 16, Mask: 1 << 17}), []string{
			"Policy.Arches[0].Rules[1].Conds[0].Arg is 9 (a call has six arguments, 0 to 5)",
			"Policy.Arches[0].Rules[1].Conds[0].Op is 9, which is not an operator (use a constant)",
			"Policy.Arches[0].Rules[1].Conds[0].Width is 3 (the kernel reads 16, 32 or 64 bits; 0 means 64)",
			"Policy.Arches[0].Rules[1].Conds[1].Value is 0x10000, which has bits beyond Width, 16 (delete them)",
			"Policy.Arches[0].Rules[1].Conds[1].Mask is 0x20000, and == has no mask (use MaskedEQ, or delete it)",
		}},
		{"faults under an ABI that does not exist", one(func(p *Policy) { p.Arches[0].Arch, p.Arches[0].Rules[0].Action = 0, Allow|1 }), []string{
			"Policy.Arches[0].Arch is 0, which is not an ABI (use a constant of package arch)",
			"Policy.Arches[0].Rules[0].Action is ALLOW(1), which the kernel treats as ALLOW (write that)",
		}},
		{"an argument that no call has", conds(Cond{Arg: 9, Op: EQ, Value: 5}), []string{"Policy.Arches[0].Rules[1].Conds[0].Arg is 9 (a call has six arguments, 0 to 5)"}},
		{"operators", conds(Cond{Value: 5}, Cond{Op: 8}), []string{
			"Policy.Arches[0].Rules[1].Conds[0].Op is 0, which is not an operator (use a constant)",
			"Policy.Arches[0].Rules[1].Conds[1].Op is 8, which is not an operator (use a constant)",
		}},
		{"widths", conds(Cond{Op: EQ, Width: 8}, Cond{Op: EQ, Width: 65}), []string{
			"Policy.Arches[0].Rules[1].Conds[0].Width is 8 (the kernel reads 16, 32 or 64 bits; 0 means 64)",
			"Policy.Arches[0].Rules[1].Conds[1].Width is 65 (the kernel reads 16, 32 or 64 bits; 0 means 64)",
		}},
		{"bits beyond the width", conds(Cond{Op: EQ, Width: 32, Value: 1 << 32}, Cond{Op: MaskedEQ, Width: 16, Mask: 1 << 16}), []string{
			"Policy.Arches[0].Rules[1].Conds[0].Value is 0x100000000, which has bits beyond Width, 32 (delete them)",
			"Policy.Arches[0].Rules[1].Conds[1].Mask is 0x10000, which has bits beyond Width, 16 (delete them)",
		}},
		{"a mask that nothing asks", conds(Cond{Op: EQ, Value: 1, Mask: 3}), []string{"Policy.Arches[0].Rules[1].Conds[0].Mask is 0x3, and == has no mask (use MaskedEQ, or delete it)"}},
	}
	for _, tt := range tests {
		var got []string
		if err := tt.pol.Check(); err != nil {
			got = strings.Split(err.Error(), "\n")
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("Check, %s (-want +got):\n%s", tt.name, diff)
		}
	}
	many := one(func(p *Policy) { p.Arches[0].Rules = make([]Rule, 5000) })
	for i := range many.Arches[0].Rules {
		many.Arches[0].Rules[i].Action = 1 << 20
	}
	if lines := strings.Split(many.Check().Error(), "\n"); len(lines) != maxFaults+1 || !strings.HasPrefix(lines[maxFaults], "more than 100 faults") {
		t.Errorf("Check of 5000 faults has %d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}
