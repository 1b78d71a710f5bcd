package record

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// untouched returns what of a profile a record leaves untouched.
func untouched(t *testing.T, r *Record, text string) []profile.Untouched {
	t.Helper()
	res, err := resolved(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var cover profile.Coverage
	r.Cover(&cover, res)
	return cover.Untouched()
}

func texts(list []profile.Untouched) (all []string) {
	for _, u := range list {
		all = append(all, u.Text)
	}
	return all
}

func resolved(text string) (*profile.Resolution, error) {
	p, err := profile.Parse([]byte(text), profile.ParseOptions{})
	if err != nil {
		return nil, err
	}
	return p.Resolve(profile.Target{Arch: arch.X86_64, AcceptWeaker: true})
}

// entries returns a profile of entries such as "write 0 EQ 1 ALLOW".
func entries(list ...string) string {
	var all []string
	for _, e := range list {
		f := strings.Fields(e)
		args := ""
		for i := 1; i+3 <= len(f)-1; i += 3 {
			args += fmt.Sprintf(`%s{"index": %s, "op": "SCMP_CMP_%s", "value": %s}`, map[bool]string{true: ", "}[i > 1], f[i], f[i+1], f[i+2])
		}
		action := f[len(f)-1]
		errno := ""
		if action == "ERRNO" {
			errno = `, "errnoRet": 9`
		}
		all = append(all, fmt.Sprintf(`{"names": [%q], "action": "SCMP_ACT_%s"%s, "args": [%s]}`, f[0], action, errno, args))
	}
	return `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [` + strings.Join(all, ", ") + `]}`
}

// TestCover: what the calls of a record can have needed is not said to be unneeded.
func TestCover(t *testing.T) {
	for _, tt := range []struct {
		name  string
		calls []string
		text  string
		want  []string
	}{
		{"descriptors that are known", []string{"x86_64 write(1)", "x86_64 write(1)"}, entries("write 0 EQ 1 ALLOW", "write 0 EQ 2 ALLOW"), []string{
			"no call gets the default action, ERRNO(1)",
			"a0 == 1 is never false in \"write if a0 == 1 -> ALLOW\"",
			"no answer depends on \"write if a0 == 2 -> ALLOW\"",
		}},
		{"an errno for one", []string{"x86_64 write(1)"}, entries("write 0 EQ 1 ERRNO", "write 0 NE 1 ALLOW"), []string{
			"no call gets the default action, ERRNO(1)",
			"a0 == 1 is never false in \"write if a0 == 1 -> ERRNO(9)\"",
			"no answer depends on \"write if a0 != 1 -> ALLOW\"",
		}},
		{"one allowed of two", []string{"x86_64 lseek(3)", "x86_64 lseek(4)"}, entries("lseek 0 EQ 3 ALLOW"), nil},
		{"an address", []string{"x86_64 futex(4096, 0)"}, entries("futex 0 GT 100 ALLOW", "futex 1 EQ 1 0 EQ 5 ALLOW"), []string{
			"no answer depends on \"futex if a1 == 1, a0 == 5 -> ALLOW\"",
		}},
		{"two calls beside each other", []string{"x86_64 lseek(3, 0, 1)", "x86_64 lseek(4, 0, 2)"}, entries("lseek 0 EQ 3 2 EQ 1 ALLOW"), nil},
		{"flags of clone3", []string{"x86_64 clone3(0x3d0f00)"}, entries("clone 0 MASKED_EQ 0 ALLOW", "clone3 0 EQ 1 ALLOW", "fork ALLOW"), []string{
			"a0 & 0x7e020000 == 0 is never false in \"clone if a0 & 0x7e020000 == 0 -> ALLOW\"",
			"no answer depends on \"fork -> ALLOW\"",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if strings.Contains(tt.text, "MASKED_EQ") { // clone without namespaces
				tt.text = strings.Replace(tt.text, `"SCMP_CMP_MASKED_EQ", "value": 0`, `"SCMP_CMP_MASKED_EQ", "value": 2114060288`, 1)
			}
			if diff := cmp.Diff(tt.want, texts(untouched(t, recorded(t, tt.calls...), tt.text))); diff != "" {
				t.Errorf("untouched (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCoverRead: calls that were read out of code count, though nobody made them.
func TestCoverRead(t *testing.T) {
	r := NewRead(arch.X86_64)
	nr, _ := syscalls.Number(arch.X86_64, "socket")
	if err := r.AddRead(Read{Nr: nr, Args: [6][]uint64{{1, 2}, nil, {0}}, By: "/bin/x"}); err != nil {
		t.Fatal(err)
	}
	got := texts(untouched(t, r, entries("socket 0 EQ 1 1 EQ 3 ALLOW", "socket 0 EQ 3 ALLOW", "write 0 EQ 1 ALLOW")))
	want := []string{"no answer depends on \"socket if a0 == 3 -> ALLOW\"", "no answer depends on \"write if a0 == 1 -> ALLOW\""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("untouched (-want +got):\n%s", diff)
	}
}

// TestCoverAll: of random calls and entries, their record leaves nothing untouched that they touch themselves.
func TestCoverAll(t *testing.T) {
	const seed = 9
	r := rand.New(rand.NewPCG(seed, seed))
	judged := 0
	for range 300 {
		var list, calls []string
		for range 1 + r.IntN(4) {
			e := []string{"write", "lseek", "socket", "futex"}[r.IntN(4)]
			for i := range r.IntN(3) {
				e += fmt.Sprintf(" %d %s %d", i, []string{"EQ", "NE", "GT", "LE"}[r.IntN(4)], r.IntN(4))
			}
			list = append(list, e+" "+[]string{"ALLOW", "ALLOW", "ERRNO", "KILL_PROCESS"}[r.IntN(4)])
		}
		for range r.IntN(5) + 1 {
			calls = append(calls, fmt.Sprintf("x86_64 %s(%d, %d, %d)", []string{"write", "lseek", "socket", "futex"}[r.IntN(4)], r.IntN(4), r.IntN(4), r.IntN(4)))
		}
		text := entries(list...)
		res, err := resolved(text)
		if err != nil {
			continue // entries that contradict each other
		}
		judged++
		var exact profile.Coverage
		exact.Add(res)
		for _, c := range calls {
			exact.Add(res, call(t, c))
		}
		for _, u := range untouched(t, recorded(t, calls...), text) {
			if !slices.ContainsFunc(exact.Untouched(), func(x profile.Untouched) bool {
				return u == x || strings.HasPrefix(u.Path, x.Path+"/args") // an entry with all of its conditions
			}) {
				t.Errorf("seed %d: %s, which one of %q needs, in %s", seed, u.Text, calls, text)
			}
		}
	}
	if judged < 150 {
		t.Errorf("%d of 300 profiles have been judged", judged)
	}
}
