package record

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// readOf is a record of a program whose code has socket with few families, prctl with one option,
// ioctl with anything, and read.
func readOf(t *testing.T) *Record {
	t.Helper()
	r := NewRead(arch.X86_64)
	for _, c := range []Read{
		{Nr: 0, By: "/bin/web", Places: []string{"read+0x5"}},
		{Nr: 41, Args: [6][]uint64{{1, 2}, {1}, {0}}, By: "/bin/web", Places: []string{"main+0x10", "dial+0x20"}},
		{Nr: 157, Args: [6][]uint64{{4}}, By: "/bin/web"},
		{Nr: 16, By: "/bin/web"},
	} {
		if err := r.AddRead(c); err != nil {
			t.Fatal(err)
		}
	}
	r.AddOpen("/bin/web", 3)
	return r
}

// TestReadText: such a record is written and read as others are, and merges with one of a run.
func TestReadText(t *testing.T) {
	var text, again bytes.Buffer
	if _, err := readOf(t).WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	r, err := Parse("web.needs", bytes.NewReader(text.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.WriteTo(&again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text.String(), again.String()); diff != "" {
		t.Errorf("(-written +read and written):\n%s", diff)
	}
	if r.Read() != 1 || r.Runs() != 0 || len(r.Open()) != 1 || r.Open()[0].Count != 3 {
		t.Errorf("read %d, runs %d, open %v", r.Read(), r.Runs(), r.Open())
	}
	run := New(arch.X86_64)
	if err := run.Add(syscalls.Call{Audit: arch.X86_64.Audit(), Nr: 41, Args: [6]uint64{10, 1}}, Seen{By: "/bin/web"}); err != nil {
		t.Fatal(err)
	}
	if err := run.Merge(r); err != nil {
		t.Fatal(err)
	}
	for _, c := range run.Calls() {
		if c.Name == "socket" && (c.Count != 1 || len(c.Tuples) != 3) {
			t.Errorf("socket %d times with %x", c.Count, c.Tuples)
		}
	}
	for _, bad := range []string{
		`{"record":1,"arch":"x86_64","runs":0}`,
		`{"record":1,"arch":"x86_64","runs":1,"open":[{"by":"/bin/web","count":1}]}`,
		`{"record":1,"arch":"x86_64","runs":1}` + "\n" + `{"abi":"x86_64","call":"read","nr":0,"count":0}`,
	} {
		if _, err := Parse("bad", strings.NewReader(bad)); err == nil {
			t.Errorf("no error for %s", bad)
		}
	}
}

// TestReadProfile: arguments that the code has at all places are compared, and others are not.
func TestReadProfile(t *testing.T) {
	d, err := readOf(t).Profile(Options{})
	if err != nil {
		t.Fatal(err)
	}
	text := string(d.Text)
	for _, want := range []string{`"comment": "recorded: socket (in its code)"`, `"comment": "recorded: prctl (in its code)"`, `ioctl (in its code), read (in its code)`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}

// TestReadTwice: two programs' calls in one record are those of both.
func TestReadTwice(t *testing.T) {
	r := readOf(t)
	for _, c := range []Read{{Nr: 41, Args: [6][]uint64{{16}, {3}, {0}}, By: "/bin/other"}, {Nr: 157, By: "/bin/other"}} {
		if err := r.AddRead(c); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range r.Calls() {
		switch c.Name {
		case "socket":
			if diff := cmp.Diff([][]uint64{{1, 1, 0}, {2, 1, 0}, {16, 3, 0}}, c.Tuples); diff != "" {
				t.Errorf("socket (-want +got):\n%s", diff)
			}
		case "prctl":
			if c.Args[0] != nil {
				t.Errorf("prctl has a0 %v, which the other program gives any value", c.Args[0])
			}
		}
	}
}

func TestBeyond(t *testing.T) {
	read := readOf(t)
	run := New(arch.X86_64)
	add := func(by string, nr uint32, args ...uint64) {
		c := syscalls.Call{Audit: arch.X86_64.Audit(), Nr: nr}
		copy(c.Args[:], args)
		if err := run.Add(c, Seen{By: by}); err != nil {
			t.Fatal(err)
		}
	}
	add("/bin/web", 0)
	add("/bin/web", 41, 2, 1, 0)
	add("/bin/web", 16, 0, 0x5401)
	add("/bin/child", 165)
	if got, err := read.Beyond(run, "/bin/web"); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
	add("/bin/web", 39)
	add("/bin/web", 157, 8)
	add("/bin/web", 41, 40, 1, 0)
	add("/bin/child", 41, 1, 1, 0)
	got, err := read.Beyond(run, "/bin/web")
	var texts []string
	for _, b := range got {
		text := b.String()
		if b.Shared {
			text += " shared"
		}
		texts = append(texts, text)
	}
	want := []string{"x86_64 getpid", "x86_64 socket a0=0x28 a1=0x1 a2=0x0 shared", "x86_64 prctl a0=0x8"}
	if diff := cmp.Diff(want, texts); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := read.Beyond(run, "/bin/other"); err == nil || !strings.Contains(err.Error(), "/bin/child, /bin/web") {
		t.Errorf("of a program that made none: %v", err)
	}
}
