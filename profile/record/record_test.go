package record

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// call parses a call.
func call(t *testing.T, s string) syscalls.Call {
	t.Helper()
	c, err := syscalls.ParseCall(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// recorded returns a record of calls.
func recorded(t *testing.T, calls ...string) *Record {
	t.Helper()
	r := New(arch.X86_64)
	for _, s := range calls {
		if err := r.Add(call(t, s), Seen{By: "/bin/x"}); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func text(t *testing.T, r *Record) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := r.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestText(t *testing.T) {
	r := recorded(t, "x86_64 socket(2, 0x80001, 0)", "x86_64 socket(2, 0x80001, 0)", "x86_64 socket(0x100000001, 1, 0)", "x86_64 read(5, 0x7fff0000, 100)", "x86_64 -1(3)", "x86 write(1)", "0xdeadbeef 5()")
	r.AddUnseen("/bin/y")
	const want = `{"record":1,"arch":"x86_64","runs":1,"calls":5,"unseen":[{"by":"/bin/y","count":1}]}
{"abi":"x86_64","call":"read","nr":0,"count":1,"args":{"0":{"values":["0x5"]}},"by":["/bin/x"]}
{"abi":"x86_64","call":"socket","nr":41,"count":3,"telling":[0,1,2],"tuples":[["0x1","0x1","0x0"],["0x2","0x80001","0x0"]],"args":{"0":{"values":["0x1","0x2"]},"1":{"values":["0x1","0x80001"]},"2":{"values":["0x0"]}},"by":["/bin/x"]}
{"abi":"x86_64","nr":4294967295,"count":1,"by":["/bin/x"]}
{"abi":"x86","call":"write","nr":4,"count":1,"by":["/bin/x"]}
{"audit":3735928559,"nr":5,"count":1,"by":["/bin/x"]}
`
	got := text(t, r)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("WriteTo (-want +got):\n%s", diff)
	}
	back, err := Parse("r", strings.NewReader(got))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, text(t, back)); diff != "" {
		t.Errorf("a record that is read and written again (-want +got):\n%s", diff)
	}
}

// TestAttached: the first line says how many runs lack their beginning, and only that.
func TestAttached(t *testing.T) {
	r := NewAttached(arch.X86_64)
	if err := r.Merge(New(arch.X86_64)); err != nil {
		t.Fatal(err)
	}
	const want = `{"record":1,"arch":"x86_64","runs":2,"calls":0,"attached":1}` + "\n"
	if got := text(t, r); got != want {
		t.Errorf("WriteTo: %swant %s", got, want)
	}
	back, err := Parse("r", strings.NewReader(want))
	if err != nil || back.Attached() != 1 || back.Runs() != 2 {
		t.Errorf("Parse: %v, %v", back, err)
	}
	_, err = Parse("r", strings.NewReader(`{"record":1,"arch":"x86_64","runs":2,"attached":3}`))
	if err == nil || err.Error() != "r:1: attached is 3, and runs is 2, which includes it" {
		t.Errorf("more runs without their beginning than runs: error %v", err)
	}
}

// random returns a record of calls with many arguments, some of which exceed the limits.
func random(t *testing.T, r *rand.Rand) *Record {
	t.Helper()
	rec := New(arch.X86_64)
	if r.IntN(4) == 0 {
		rec = NewAttached(arch.X86_64)
	}
	names := []string{"socket", "ioctl", "mmap", "clone", "read", "prctl", "clone3", "openat"}
	for range 1 + r.IntN(60) {
		name := names[r.IntN(len(names))]
		nr, _ := syscalls.Number(arch.X86_64, name)
		c := syscalls.Call{Audit: arch.X86_64.Audit(), Nr: nr}
		for i := range c.Args {
			c.Args[i] = uint64(r.IntN(6)) << r.IntN(34)
		}
		if err := rec.Add(c, Seen{By: fmt.Sprintf("/bin/%d", r.IntN(20)), At: fmt.Sprint(r.IntN(30)), Count: uint64(1 + r.IntN(5))}); err != nil {
			t.Fatal(err)
		}
	}
	if r.IntN(3) == 0 {
		rec.AddUnseen(fmt.Sprintf("/bin/%d", r.IntN(20)))
	}
	return rec
}

// TestMerge: shards of a record merge into the whole in any order, and by way of their text.
func TestMerge(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 50 {
		shards, attached := make([]*Record, 20), uint64(0)
		for i := range shards {
			shards[i] = random(t, r)
			attached += shards[i].Attached()
		}
		var want string
		for round := range 4 {
			r.Shuffle(len(shards), func(i, j int) { shards[i], shards[j] = shards[j], shards[i] })
			// First some of them among themselves.
			var parts []*Record
			for i := 0; i < len(shards); {
				n := min(1+r.IntN(5), len(shards)-i)
				part := New(arch.X86_64)
				part.runs = 0
				for _, s := range shards[i : i+n] {
					if err := part.Merge(s); err != nil {
						t.Fatal(err)
					}
				}
				read, err := Parse("part", strings.NewReader(text(t, part)))
				if err != nil {
					t.Fatal(err)
				}
				parts, i = append(parts, read), i+n
			}
			whole := parts[0]
			for _, p := range parts[1:] {
				if err := whole.Merge(p); err != nil {
					t.Fatal(err)
				}
			}
			if whole.Attached() != attached {
				t.Fatalf("%d runs without their beginning, want %d", whole.Attached(), attached)
			}
			got := text(t, whole)
			if round == 0 {
				want = got
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("merged in another order (-first +this):\n%s", diff)
			}
		}
		if !strings.Contains(want, `"runs":20`) {
			t.Errorf("20 shards are of %.60s", want)
		}
	}
	if err := New(arch.X86_64).Merge(New(arch.AArch64)); err == nil {
		t.Error("records of two machines of different ABIs merge")
	}
}

// TestProfile: the profile of a record lets all of it pass, as Within proves, at every level,
// and nothing of what security cares about that was not recorded.
func TestProfile(t *testing.T) {
	r := recorded(t,
		"x86_64 socket(1, 0x80001, 0)", "x86_64 socket(2, 1, 6)", "x86_64 ioctl(0, 0x5401)", "x86_64 ioctl(0, 0x5413)",
		"x86_64 mmap(0, 4096, 3, 0x22)", "x86_64 mprotect(0, 4096, 1)", "x86_64 openat(-100, 0, 0x80000)", "x86_64 clone3(0x3d0f00, 88)",
		"x86_64 read(0)", "x86_64 write(1)", "x86_64 execve(0)", "x86_64 futex(0)", "x86_64 personality(0xffffffff)")
	for _, level := range []Level{Usual, Tight, Loose} {
		f, d := compiled(t, r, level)
		out, err := r.Within(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range out {
			t.Errorf("level %d: %s %#x gets %v by the profile of its record", level, o.Call, o.Tuple, o.Actions)
		}
		for c, want := range map[string]bool{
			"x86_64 socket(40, 1, 0)": false, "x86_64 socket(1, 2, 0)": false, "x86_64 socket(2, 0x80801, 0)": true,
			"x86_64 ioctl(0, 0x5412)": false, "x86_64 mmap(0, 4096, 7, 0x22)": false, "x86_64 mprotect(0, 4096, 4)": false,
			"x86_64 openat(-100, 0, 1)": false, "x86_64 openat(-100, 0, 0x40)": false, "x86_64 clone(0x10000000)": false, "x86_64 clone(0x3d0f00)": true,
			"x86_64 clone3(0)": false, "x86_64 ptrace(0)": false, "x86_64 personality(8)": false, "x86_64 rt_sigreturn()": true, "x86 read(0)": false,
		} {
			if level == Loose && !strings.Contains(c, "ptrace") {
				continue
			}
			if level == Tight && strings.HasPrefix(c, "x86_64 socket(2, 0x80801") {
				want = false // no flags of the type but those that were recorded
			}
			if got := f.Run(call(t, c)).Passes(); got != want {
				t.Errorf("level %d: %s passes: %v, want %v\n%s", level, c, got, want, d.Text)
			}
		}
	}
	if _, err := New(arch.X86_64).Profile(Options{}); err == nil {
		t.Error("an empty record has a profile")
	}
}

// TestClone3: clone3 gets ENOSYS where clone can do the same, and passes where not; a profile that
// answers it so keeps clone for those who fall back.
func TestClone3(t *testing.T) {
	for flags, want := range map[string]string{"0x3d0f00": "ERRNO(38)", "0x100004100": "ERRNO(38)", "0x200000000": "ALLOW", "0x80": "ALLOW"} {
		r := recorded(t, "x86_64 clone3("+flags+")", "x86_64 read(0)")
		for _, level := range []Level{Usual, Tight} {
			f, d := compiled(t, r, level)
			if got := f.Run(call(t, "x86_64 clone3(0x7fff0000, 88)")); got.String() != want {
				t.Errorf("clone3 with the flags %s gets %s, want %s\n%s", flags, got, want, d.Text)
			}
			if out, err := r.Within(f); err != nil || len(out) > 0 {
				t.Errorf("with the flags %s: %+v are refused, %v", flags, out, err)
			}
		}
	}
	r := recorded(t, "x86_64 clone3(0x3d0f00)")
	p, err := profile.Parse([]byte(`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["clone", "fork"], "action": "SCMP_ACT_ALLOW"}, {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}`), profile.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Resolve(profile.Target{Arch: arch.X86_64})
	if err != nil {
		t.Fatal(err)
	}
	names, err := r.Exercised(p, res)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if want := n.Call != "fork"; n.Exercised != want {
			t.Errorf("%s is exercised by clone3: %v, want %v", n.Call, n.Exercised, want)
		}
	}
}

// TestConcatenated: records that stand one after the other are one, merged.
func TestConcatenated(t *testing.T) {
	a, b := text(t, recorded(t, "x86_64 read(0)")), text(t, recorded(t, "x86_64 read(1)", "x86_64 write(1)"))
	r, err := Parse("r", strings.NewReader(a+b))
	if err != nil {
		t.Fatal(err)
	}
	if r.Runs() != 2 || len(r.Calls()) != 2 || r.Calls()[0].Count != 2 {
		t.Errorf("two records in one file are %s", text(t, r))
	}
}

// TestParseErrors: what is not the record that was written is an error with its place.
func TestParseErrors(t *testing.T) {
	const head = `{"record":1,"arch":"x86_64","runs":1}` + "\n"
	const socket = `{"abi":"x86_64","call":"socket","nr":41,"count":1,"telling":[0,1,2],"tuples":[["0x1","0x1","0x0"]],"args":{"0":{"values":["0x1"]},"1":{"values":["0x1"]},"2":{"values":["0x0"]}}}` + "\n"
	replace := func(old, new string) string { return head + strings.Replace(socket, old, new, 1) }
	whole := text(t, recorded(t, "x86_64 read(0)", "x86_64 write(1)"))
	lines := strings.SplitAfter(whole, "\n")
	for _, tt := range []struct{ name, in, want string }{
		{"cut off at the end of a line", lines[0] + lines[1], "r: 1 calls, but the first line of the record says 2: it was truncated or changed (record again)"},
		{"cut off, and another after it", lines[0] + lines[1] + whole, "r:3: 1 calls, but the first line of the record says 2: it was truncated or changed (record again)"},
		{"without calls in the first line", head + lines[1], ""},
		{"telling, and not an argument", replace("[0,1,2]", "[0,7,2]"), "r:2: telling is [0 7 2] (arguments are 0 to 5, each at most once)"},
		{"telling twice", replace("[0,1,2]", "[0,1,1]"), "r:2: telling is [0 1 1] (arguments are 0 to 5, each at most once)"},
		{"a key twice", replace(`"count":1`, `"count":1,"count":2`), `r:2: the key "count" twice`},
		{"a key twice within", replace(`"1":{"values":["0x1"]}`, `"1":{"values":["0x1"]},"1":{"values":["0x2"]}`), `r:2: the key "1" twice`},
		{"a key in two spellings", replace(`"count":1`, `"Count":1,"count":2`), `r:2: the key "count" twice`},
		{"args of other tuples", replace(`"0":{"values":["0x1"]}`, `"0":{"values":["0x2"]}`), "r:2: argument 0 has other values in args than in tuples"},
		{"more than a register", replace(`["0x1","0x1","0x0"]`, `["0x100000001","0x1","0x0"]`), "r:2: argument 0 is 0x100000001 in a tuple, but the kernel reads 0x1"},
		{"and in args", head + strings.Replace(lines[1], `"0x0"`, `"0x100000000"`, 1), "r:2: argument 0 is 0x100000000, but the kernel reads 0x0"},
		{"a range that is none", head + strings.Replace(lines[1], `"values":["0x0"]`, `"min":"0x1","max":"0x4","or":"0x1","and":"0x0"`, 1), "r:2: argument 0 has neither values nor a consistent set of min, max, or and and"},
	} {
		_, err := Parse("r", strings.NewReader(tt.in))
		if got := fmt.Sprint(err); got != tt.want && (err != nil || tt.want != "") {
			t.Errorf("%s: error %s\nwant %s\n%s", tt.name, got, tt.want, tt.in)
		}
	}
}

// TestSaturated: counts that do not fit are the greatest, and merge in any order.
func TestSaturated(t *testing.T) {
	const in = `{"record":1,"arch":"x86_64","runs":18446744073709551615,"attached":18446744073709551615}
{"abi":"x86_64","call":"read","nr":0,"count":18446744073709551615}
`
	r, err := Parse("r", strings.NewReader(in+in))
	if err != nil {
		t.Fatal(err)
	}
	if most := ^uint64(0); r.Runs() != most || r.Attached() != most || r.Calls()[0].Count != most {
		t.Errorf("the greatest counts twice are %s", text(t, r))
	}
	if _, err := Parse("r", strings.NewReader(text(t, r))); err != nil {
		t.Error(err)
	}
}

// compiled returns the filter of a record's profile.
func compiled(t *testing.T, r *Record, level Level) (*compile.Filter, *Draft) {
	t.Helper()
	d, err := r.Profile(Options{Level: level})
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse(d.Text, profile.ParseOptions{Strict: true})
	if err != nil {
		t.Fatalf("%v\n%s", err, d.Text)
	}
	f, err := compile.Profile(p, profile.Target{Arch: r.Arch(), Kernel: syscalls.Version{Major: 6, Minor: 12}}, compile.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, d.Text)
	}
	return f, d
}
