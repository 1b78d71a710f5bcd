package prove

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/syscalls"
)

// line returns the difference as text, for the tables.
func (d Difference) line() string {
	audit := fmt.Sprintf("%#x", d.FirstAudit)
	if d.LastAudit != d.FirstAudit {
		audit += fmt.Sprintf("..%#x", d.LastAudit)
	}
	nr := fmt.Sprint(d.FirstNr)
	if d.LastNr != d.FirstNr {
		nr += fmt.Sprintf("..%d", d.LastNr)
	}
	return fmt.Sprintf("%s %s: %s -> %s, as %s", audit, nr, d.Old, d.New, d.Witness)
}

func TestPrograms(t *testing.T) {
	compiled := func(text string) []bpf.RawInstruction { return mustCompile(t, resolve(t, text, arch.X86_64)) }
	errnoBut := func(rules string) []bpf.RawInstruction {
		return compiled(`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [` + rules + `]}`)
	}
	const (
		read    = `{"names": ["read"], "action": "SCMP_ACT_ALLOW"}`
		three   = `{"names": ["read", "write", "open"], "action": "SCMP_ACT_ALLOW"}`
		family  = `{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]}`
		sockets = `{"names": ["socket"], "action": "SCMP_ACT_ALLOW"}`
		flags   = `{"names": ["open"], "action": "SCMP_ACT_LOG", "args": [{"index": 1, "value": 3, "valueTwo": 1, "op": "SCMP_CMP_MASKED_EQ"}]}`
		written = `{"names": ["open"], "action": "SCMP_ACT_LOG", "args": [{"index": 1, "value": 3, "valueTwo": 2, "op": "SCMP_CMP_MASKED_EQ"}]}`
		both    = `{"names": ["write", "open", "close"], "action": "SCMP_ACT_LOG", "args": [{"index": 1, "value": 1, "op": "SCMP_CMP_EQ"}]}`
	)
	tests := []struct {
		name     string
		old, new []bpf.RawInstruction
		want     []string
	}{
		{"the same", errnoBut(read), errnoBut(read), nil},
		{"the same in other words", errnoBut(three), errnoBut(read + `, {"names": ["open", "write"], "action": "SCMP_ACT_ALLOW"}`), nil},
		{"a run of calls", errnoBut(read), errnoBut(three), []string{"0xc000003e 1..2: ERRNO(1) -> ALLOW, as x86_64 write()"}},
		{"an argument", errnoBut(family), errnoBut(sockets), []string{"0xc000003e 41: ERRNO(1) -> ALLOW, as x86_64 socket(40)"}},
		{"two pairs of answers", errnoBut(flags), errnoBut(written), []string{
			"0xc000003e 2: ERRNO(1) -> LOG, as x86_64 open(0, 2)", "0xc000003e 2: LOG -> ERRNO(1), as x86_64 open(0, 1)"}},
		{"runs of a pair", errnoBut(flags), errnoBut(both), []string{
			"0xc000003e 1: ERRNO(1) -> LOG, as x86_64 write(0, 1)", "0xc000003e 2: LOG -> ERRNO(1), as x86_64 open(0, 5)",
			"0xc000003e 3: ERRNO(1) -> LOG, as x86_64 close(0, 1)"}},
		{"pairs that go on", []bpf.RawInstruction{ret(allow)}, []bpf.RawInstruction{
			ld(0), jump(0x15, 5, 2, 0), jump(0x35, 9, 0, 3), jump(0x35, 20, 3, 0), ld(16), jump(0x15, 7, 1, 0), ret(allow), ret(errno)},
			[]string{"0x0..0xffffffff 5: ALLOW -> ERRNO(1), as 0x0 5(7)", "0x0..0xffffffff 9..19: ALLOW -> ERRNO(1), as 0x0 9(7)",
				"0x0..0xffffffff 20..4294967295: ALLOW -> ERRNO(1), as 0x0 20()"}},
		{"ABIs", []bpf.RawInstruction{ld(4), jump(0x15, x86_64, 0, 1), ret(allow), ret(kill)}, []bpf.RawInstruction{ret(allow)}, []string{
			"0x0..0xc000003d 0..4294967295: KILL_THREAD -> ALLOW, as 0x0 0()", "0xc000003f..0xffffffff 0..4294967295: KILL_THREAD -> ALLOW, as 0xc000003f 0()"}},
		{"the ip", []bpf.RawInstruction{ld(12), jump(0x45, 0x8000, 0, 1), ret(errno), ret(allow)}, []bpf.RawInstruction{ret(allow)}, []string{
			"0x0..0xffffffff 0..4294967295: ERRNO(1) -> ALLOW, as 0x0 0() @0x800000000000"}},
		{"undecided, but the same", []bpf.RawInstruction{ld(16), op(0x16, 0)}, []bpf.RawInstruction{ld(16), op(0x16, 0)}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list, err := Programs(Program{tt.old, arch.X86_64}, Program{tt.new, arch.X86_64})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range list {
				got = append(got, d.line())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Programs (-want +got)\n%s", diff)
			}
		})
	}
}

func TestProgramsErrors(t *testing.T) {
	good := []bpf.RawInstruction{ret(allow)}
	word := []bpf.RawInstruction{ld(16), op(0x16, 0)}
	masked := func(off uint32) []bpf.RawInstruction { // returns eleven bits of a word
		return []bpf.RawInstruction{ld(off), op(0x54, 1<<11-1), op(0x16, 0)}
	}
	parity := []bpf.RawInstruction{ld(0), jump(0x45, 1, 0, 1), ret(errno), ret(allow)}
	alike := func(bits uint32) []bpf.RawInstruction { // refuses where two arguments have the same there
		return []bpf.RawInstruction{ld(16), op(0x54, bits), {Op: 0x07}, ld(24), op(0x54, bits), {Op: 0x1d, Jf: 1}, ret(errno), ret(allow)}
	}
	tests := []struct {
		name     string
		old, new []bpf.RawInstruction
		want     string
	}{
		{"no old program", nil, good, "old program: no instructions"},
		{"no new program", good, nil, "new program: no instructions"},
		{"the old program is undecided", word, good, "undecided: instruction 1 (return A): what it makes of the input is beyond the budget of the proof"},
		{"both are", append(slices.Clone(word), ret(0)), word, "undecided: instruction 1 (return A): what it makes of the input is beyond the budget of the proof"},
		{"parts of arguments", masked(16), masked(24), "the programs differ in more than 65536 runs of numbers and pairs of answers: x86_64 read(0, 1) is KILL_THREAD and KILL_THREAD(1)"},
		{"bits of two arguments", alike(1<<11 - 1), alike((1<<11 - 1) << 11), "the programs differ in more than the budget of the comparison: x86_64 read(0, 1) is ALLOW and ERRNO(1)"},
		{"every other number", good, parity, "the programs differ in more than 65536 runs of numbers and pairs of answers: x86_64 write() is ALLOW and ERRNO(1)"},
		{"not a native call", good, append([]bpf.RawInstruction{ld(0), jump(0x25, 1<<20, 1, 0), ret(allow)}, parity...),
			"the programs differ in more than 65536 runs of numbers and pairs of answers: x32 write() is ALLOW and ERRNO(1)"},
	}
	for _, tt := range tests {
		list, err := Programs(Program{tt.old, arch.X86_64}, Program{tt.new, arch.X86_64})
		if err == nil || err.Error() != tt.want || list != nil {
			t.Errorf("%s: Programs = %v, %v, want %s", tt.name, list, err, tt.want)
		}
		var u *UndecidedError
		if strings.HasPrefix(tt.want, "undecided") && !errors.As(err, &u) {
			t.Errorf("%s: Programs = %T, want an *UndecidedError", tt.name, err)
		}
		var d *DifferError
		if strings.HasPrefix(tt.want, "the programs") && !errors.As(err, &d) {
			t.Errorf("%s: Programs = %T, want a *DifferError", tt.name, err)
		}
	}
	if _, err := Programs(Program{Insns: good}, Program{Insns: good}); err == nil {
		t.Error("Programs for no ABI = nil, want an error")
	}
}

// TestProgramsOfRandom holds the differences of random programs and of mutants
// against runs of both: a call differs exactly if one difference has its number
// and answers.
func TestProgramsOfRandom(t *testing.T) {
	r := newRand(t)
	differing := 0
	for i := range repeat(1500) {
		before := randomProgram(r, 1+r.IntN(20), plain)
		after := slices.Clone(before)
		if r.IntN(2) == 0 {
			after = randomProgram(r, 1+r.IntN(20), plain)
		}
		for range r.IntN(3) {
			after[r.IntN(len(after))].K++
		}
		a := pick(r, arch.X86_64, arch.MIPS)
		order := a.ByteOrder()
		p, err := vm.New(before, order)
		if err != nil {
			t.Fatal(err)
		}
		q, err := vm.New(after, order)
		if err != nil {
			continue
		}
		list, err := Programs(Program{before, a}, Program{after, a})
		var u *UndecidedError
		var many *DifferError
		if errors.As(err, &u) || errors.As(err, &many) {
			continue // DifferError's example has been run
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(list) > 0 {
			differing++
		}
		ks := constants(append(slices.Clone(before), after...), nil)
		for range 200 {
			c := randomCall(r, ks)
			x, y := answerOf(p, c), answerOf(q, c)
			found := 0
			for _, d := range list {
				if d.FirstAudit <= c.Audit && c.Audit <= d.LastAudit && d.FirstNr <= c.Nr && c.Nr <= d.LastNr && d.Old == x && d.New == y {
					found++
				}
			}
			if want := x != y; found > 1 || (found == 1) != want {
				t.Fatalf("programs %d: %s is %#x and %#x, in %d differences, want it in one: %v\n%s\n%s", i, c, x, y, found, want, p.List(nil), q.List(nil))
			}
		}
	}
	if differing < repeat(200) {
		t.Errorf("%d pairs of programs differ, want %d", differing, repeat(200))
	}
}

// TestProgramsOfDefault: the default profile's filters of two sets of
// capabilities differ in calls whose names we know.
func TestProgramsOfDefault(t *testing.T) {
	before := mustCompile(t, defaultPolicy(t, arch.X86_64, mustCaps("docker")))
	after := mustCompile(t, defaultPolicy(t, arch.X86_64, append(mustCaps("docker"), "CAP_SYS_TIME")))
	list, err := Programs(Program{before, arch.X86_64}, Program{after, arch.X86_64})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range list {
		for nr := d.FirstNr; nr <= d.LastNr; nr++ {
			got = append(got, syscalls.Call{Audit: d.FirstAudit, Nr: nr}.String()+" "+d.New.String())
		}
	}
	want := []string{"x86 stime() ALLOW", "x86 settimeofday() ALLOW", "x86 clock_settime() ALLOW", "x86 clock_settime64() ALLOW",
		"x86_64 settimeofday() ALLOW", "x86_64 clock_settime() ALLOW", "x32 settimeofday() ALLOW", "x32 clock_settime() ALLOW"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Programs (-want +got)\n%s", diff)
	}
}
