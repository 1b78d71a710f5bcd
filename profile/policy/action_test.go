package policy

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/syscalls"
)

func TestActionString(t *testing.T) {
	tests := []struct {
		action Action
		word   uint32
		want   string
	}{
		{KillProcess, 0x80000000, "KILL_PROCESS"},
		{KillThread, 0, "KILL_THREAD"},
		{Trap, 0x00030000, "TRAP"},
		{Errno(1), 0x00050001, "ERRNO(1)"},
		{Errno(0), 0x00050000, "ERRNO(0)"},
		{Errno(4095), 0x00050fff, "ERRNO(4095)"},
		{Notify, 0x7fc00000, "NOTIFY"},
		{Trace(0), 0x7ff00000, "TRACE(0)"},
		{Trace(65535), 0x7ff0ffff, "TRACE(65535)"},
		{Log, 0x7ffc0000, "LOG"},
		{Allow, 0x7fff0000, "ALLOW"},
		{Trap | 2, 0x00030002, "TRAP(2)"},
		{Allow | 1, 0x7fff0001, "ALLOW(1)"},
		{KillProcess | 7, 0x80000007, "KILL_PROCESS(7)"},
		{0x12345678, 0x12345678, "0x12345678"},
		{0x00010000, 0x00010000, "0x00010000"},
	}
	for _, tt := range tests {
		if uint32(tt.action) != tt.word {
			t.Errorf("%s is %#x, want %#x", tt.want, uint32(tt.action), tt.word)
		}
		if got := tt.action.String(); got != tt.want {
			t.Errorf("Action(%#x).String() = %q, want %q", tt.word, got, tt.want)
		}
		if got, err := ParseAction(tt.want); err != nil || got != tt.action {
			t.Errorf("ParseAction(%q) = %#x, %v, want %#x", tt.want, uint32(got), err, tt.word)
		}
		if got := tt.action.Kind() | Action(tt.action.Data()); got != tt.action {
			t.Errorf("Kind and Data of %s make %s", tt.action, got)
		}
	}
}

// TestActionRoundTrip: ParseAction reads every word that String prints.
func TestActionRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	for i := range 100000 {
		a := Action(r.Uint32())
		if i%2 == 0 {
			a = Action(abi.Actions[r.IntN(len(abi.Actions))].Ret) | a&0xffff
		}
		if got, err := ParseAction(a.String()); err != nil || got != a {
			t.Fatalf("ParseAction(%q) = %#x, %v, want %#x", a, uint32(got), err, uint32(a))
		}
	}
}

func TestParseActionFaults(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", `unknown action ""`},
		{"allow", `unknown action "allow" (did you mean ALLOW?)`},
		{"ALOW", `unknown action "ALOW" (did you mean ALLOW?)`},
		{"KILL", `unknown action "KILL" (did you mean KILL_THREAD?)`},
		{"SCMP_ACT_ALLOW", `action "SCMP_ACT_ALLOW" is in the notation of profiles (write ALLOW; LookupAction takes the names of profiles)`},
		{"SCMP_ACT_KILL", `action "SCMP_ACT_KILL" is in the notation of profiles (write KILL_THREAD; LookupAction takes the names of profiles)`},
		{"SCMP_ACT_ERRNO", `action "SCMP_ACT_ERRNO" is in the notation of profiles (write ERRNO(0); LookupAction takes the names of profiles)`},
		{"ERRNO", `action "ERRNO" without a number (write ERRNO(1))`},
		{"TRACE", `action "TRACE" without a number (write TRACE(1))`},
		{"ERRNO()", `action "ERRNO()": want ERRNO(0) to ERRNO(65535)`},
		{"ERRNO(65536)", `action "ERRNO(65536)": want ERRNO(0) to ERRNO(65535)`},
		{"ERRNO(-1)", `action "ERRNO(-1)": want ERRNO(0) to ERRNO(65535)`},
		{"ERRNO(0x1)", `action "ERRNO(0x1)": want ERRNO(0) to ERRNO(65535)`},
		{"ERRNO(EPERM)", `action "ERRNO(EPERM)": want ERRNO(0) to ERRNO(65535)`},
		{"ERRNO(1", `action "ERRNO(1": want ERRNO(0) to ERRNO(65535)`},
		{"ERRNO(1))", `action "ERRNO(1))": want ERRNO(0) to ERRNO(65535)`},
		{"ERRNO(1) ", `action "ERRNO(1) ": want ERRNO(0) to ERRNO(65535)`},
		{"ERNO(1)", `unknown action "ERNO(1)" (did you mean ERRNO?)`},
		{"0x123456789", `unknown action "0x123456789"`},
		{"305419896", `unknown action "305419896"`},
	}
	for _, tt := range tests {
		if got, err := ParseAction(tt.in); err == nil || err.Error() != tt.want {
			t.Errorf("ParseAction(%q) = %s, error %q, want %q", tt.in, got, err, tt.want)
		}
	}
}

// TestStricter: the kernel's order of the actions, in which data do not count.
func TestStricter(t *testing.T) {
	order := []Action{KillProcess, KillThread, Trap, Errno(1), Notify, Trace(1), Log, Allow}
	for i, a := range order {
		for j, b := range order {
			for _, data := range []Action{0, 1, 0xffff} {
				if got, want := (a | data).Stricter(b), i < j; got != want {
					t.Errorf("%s.Stricter(%s) = %v, want %v", a|data, b, got, want)
				}
			}
		}
	}
	// The kernel compares signed numbers: the sign bit makes an action severest.
	for _, a := range order[1:] {
		if b := Action(math.MaxInt32 + 1); !b.Stricter(a) {
			t.Errorf("%s.Stricter(%s) = false, want true", b, a)
		}
	}
}

func TestLookupAction(t *testing.T) {
	want := map[string]Action{
		"SCMP_ACT_KILL": 0, "SCMP_ACT_KILL_THREAD": 0, "SCMP_ACT_KILL_PROCESS": 0x80000000, "SCMP_ACT_TRAP": 0x30000,
		"SCMP_ACT_ERRNO": 0x50000, "SCMP_ACT_NOTIFY": 0x7fc00000, "SCMP_ACT_TRACE": 0x7ff00000,
		"SCMP_ACT_LOG": 0x7ffc0000, "SCMP_ACT_ALLOW": 0x7fff0000,
	}
	got := map[string]Action{}
	var order []Action
	for name := range ActionNames() {
		a, ok := LookupAction(name)
		if !ok {
			t.Errorf("LookupAction(%q) finds nothing", name)
		}
		if name != "SCMP_ACT_KILL" && a.SCMP() != name {
			t.Errorf("SCMP of %s = %q, want %q", a, a.SCMP(), name)
		}
		got[name] = a
		order = append(order, a)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("LookupAction (-want +got):\n%s", diff)
	}
	if !slices.IsSortedFunc(order, func(a, b Action) int { return int(int32(a)>>16 - int32(b)>>16) }) {
		t.Errorf("ActionNames is not in the kernel's order: %v", order)
	}
	for _, name := range []string{"", "ALLOW", "SCMP_ACT_allow", "SCMP_ACT_"} {
		if a, ok := LookupAction(name); ok {
			t.Errorf("LookupAction(%q) = %s, want nothing", name, a)
		}
	}
	if a := Action(0x12340000); a.Valid() || a.SCMP() != "" || a.HasData() || !a.Since().IsZero() {
		t.Errorf("%s is an action", a)
	}
}

// TestSince: the releases of actions and flags, by the man page seccomp(2).
func TestSince(t *testing.T) {
	for want, got := range map[string]syscalls.Version{
		"3.5":  Errno(7).Since(),
		"4.14": Log.Since(),
		"5.0":  Notify.Since(),
		"4.17": FlagSpecAllow.Since(),
		"5.19": FlagWaitKillableRecv.Since(),
		"5.7":  FlagTSyncESRCH.Since(),
		"0.0":  Flag(6).Since(),
	} {
		if s := fmt.Sprintf("%d.%d", got.Major, got.Minor); s != want {
			t.Errorf("Since = %s, want %s", s, want)
		}
	}
	if v := KillProcess.Since(); v != (syscalls.Version{Major: 4, Minor: 14}) {
		t.Errorf("KillProcess.Since() = %s", v)
	}
}

// TestMarshalText: enumerations read what they write, in JSON, too.
func TestMarshalText(t *testing.T) {
	type all struct {
		A Action
		O Op
		F Flag
	}
	want := all{Errno(38), MaskedEQ, FlagLog}
	text, err := json.Marshal(want)
	if err != nil || string(text) != `{"A":"ERRNO(38)","O":"SCMP_CMP_MASKED_EQ","F":"SECCOMP_FILTER_FLAG_LOG"}` {
		t.Fatalf("Marshal = %s, %v", text, err)
	}
	var got all
	if err := json.Unmarshal(text, &got); err != nil || got != want {
		t.Errorf("Unmarshal = %+v, %v, want %+v", got, err, want)
	}
	for _, f := range abi.Flags {
		text, err := json.Marshal(map[Flag]int{Flag(f.Flag): 1})
		var got map[Flag]int
		if err != nil || json.Unmarshal(text, &got) != nil || got[Flag(f.Flag)] != 1 {
			t.Errorf("%s as a key of JSON: %s, %v, read as %v", f.Name, text, err, got)
		}
	}
	for _, f := range []Flag{0, FlagLog | FlagSpecAllow, 1 << 6, 0x400} {
		if text, err := f.MarshalText(); err == nil {
			t.Errorf("MarshalText of %#x = %s, want an error", uint(f), text)
		}
	}
	for _, text := range []string{`{"A":"ALOW"}`, `{"O":"=="}`, `{"F":"LOG"}`} {
		if err := json.Unmarshal([]byte(text), &got); err == nil {
			t.Errorf("Unmarshal(%s) = %+v, want an error", text, got)
		}
	}
	if _, err := json.Marshal(all{}); err == nil {
		t.Error("Marshal of an invalid operator: no error")
	}
}

// TestPolicyFlags: Check takes the flags that say what a filter answers, and of these
// alone profiles cannot name NEW_LISTENER.
func TestPolicyFlags(t *testing.T) {
	policy := []Flag{FlagLog, FlagSpecAllow, FlagNewListener, FlagWaitKillableRecv}
	for bit := range 10 {
		f := Flag(1) << bit
		p := &Policy{Flags: []Flag{f}, Arches: []ArchPolicy{{Arch: arch.X86_64}}}
		if f == FlagNewListener || f == FlagWaitKillableRecv {
			p.Arches[0].Rules = []Rule{{Action: Notify}}
			p.Flags = slices.Compact([]Flag{FlagNewListener, f})
		}
		if err := p.Check(); (err == nil) != slices.Contains(policy, f) {
			t.Errorf("Check of %s: %v", f, err)
		}
		named := slices.Contains(slices.Collect(FlagNames()), f.String())
		if want := f.Valid() && f != FlagNewListener && f != FlagTSyncESRCH; named != want {
			t.Errorf("FlagNames has %s: %v, want %v", f, named, want)
		}
		if got, err := ParseFlag(f.String()); (err == nil) != f.Valid() || f.Valid() && got != f {
			t.Errorf("ParseFlag(%s) = %v, %v", f, got, err)
		}
	}
}
