package install

import (
	"bytes"
	"encoding/binary"
	"slices"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/internal/abi"
)

func TestLaunchMessage(t *testing.T) {
	insns := []bpf.RawInstruction{{Op: 0xfedc, Jt: 1, Jf: 255, K: 1<<32 - 1}, {Op: abi.ClassRET}}
	for _, want := range []launch{
		{insns: insns, path: "/p", argv: []string{"p"}, env: []string{"A=1"}},
		{insns: insns, path: "", argv: []string{"", "a b", "\xff\n", ""}, env: []string{"=", "", "B=\xfe"}},
		{insns: insns[1:], path: "p", argv: []string{}, env: []string{}},
		{
			insns: insns, path: "p", argv: []string{"p"}, env: []string{},
			o:           Options{Flags: 0xff, AllowNewPrivs: true, Bounding: []uintptr{0, 40, 63}},
			ignored:     signals{1 << 63, 5},
			deathSignal: 9,
		},
		{insns: insns, argv: []string{}, env: []string{}, o: Options{Bounding: []uintptr{}}},
		{insns: insns, argv: []string{}, env: []string{}, traced: true},
		{insns: insns, argv: []string{}, env: []string{}, o: Options{Before: [][]bpf.RawInstruction{insns[1:], insns}}},
	} {
		text, err := want.marshal()
		if err != nil {
			t.Fatalf("marshal of %+v: %v", want, err)
		}
		if n := binary.NativeEndian.Uint32(text); int(n) != len(text)-4 {
			t.Errorf("marshal of %+v: length %d, want %d", want, n, len(text)-4)
		}
		got := launch{}
		if err := got.unmarshal(text[4:]); err != nil {
			t.Fatalf("unmarshal of %+v: %v", want, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(launch{})); diff != "" {
			t.Errorf("unmarshal(marshal) (-want +got)\n%s", diff)
		}
		for n := range len(text) - 4 {
			if err := got.unmarshal(text[4 : 4+n]); err == nil && text[3+n] != 0 {
				t.Errorf("unmarshal of %d bytes of %d: no error", n, len(text)-4)
			}
		}
	}
}

// TestSignals: a set has the signals that it was made of, and these bits.
func TestSignals(t *testing.T) {
	tests := []struct {
		list []syscall.Signal
		bits signals
	}{
		{nil, signals{}},
		{[]syscall.Signal{1, 2, 64}, signals{1<<63 | 3, 0}},
		{[]syscall.Signal{65, 128}, signals{0, 1<<63 | 1}},
		{[]syscall.Signal{15, 63, 64, 65, 66}, signals{1<<14 | 3<<62, 3}},
	}
	for _, tt := range tests {
		bits := signalsThat(func(n syscall.Signal) bool { return slices.Contains(tt.list, n) })
		if bits != tt.bits {
			t.Errorf("signalsThat(%d) = %#x, want %#x", tt.list, bits, tt.bits)
		}
		if list := tt.bits.list(); !slices.Equal(list, tt.list) {
			t.Errorf("list of %#x = %d, want %d", tt.bits, list, tt.list)
		}
	}
	if all := signalsThat(func(syscall.Signal) bool { return true }); all != (signals{^uint64(0), ^uint64(0)}) || len(all.list()) != 128 {
		t.Errorf("signalsThat(all) = %#x, a list of %d", all, len(all.list()))
	}
}

func TestUnderstand(t *testing.T) {
	sent := &Error{Op: "op", Errno: syscall.EBUSY, Thread: 7, Lacks: 1 << 5, Since: Release{5, 19}, Advice: "advice", Fault: "fault", Cause: ErrNotSupported}
	text, err := sent.marshal()
	if err != nil {
		t.Fatal(err)
	}
	garbled := &Error{Op: "install.Start", Fault: "the child: garbled message"}
	for _, tt := range []struct {
		said string
		want error
	}{
		{"", errSilent},
		{"x", errSilent},
		{"R", nil},
		{"RL", nil},
		{"RE" + string(text), sent},
		{"RLE" + string(text), sent},
		{"RE" + string(bytes.TrimSuffix(text, []byte{0})), garbled},
		{"RE" + string(text) + "\x00", garbled},
	} {
		got := understand([]byte(tt.said))
		if tt.want == nil || tt.want == errSilent {
			if got != tt.want {
				t.Errorf("understand(%q) = %v, want %v", tt.said, got, tt.want)
			}
		} else if diff := cmp.Diff(tt.want, got, sameCause); diff != "" {
			t.Errorf("understand(%q) (-want +got)\n%s", tt.said, diff)
		}
	}
}

// sameCause compares the causes of errors.
var sameCause = cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Cause" },
	cmp.Comparer(func(a, b error) bool { return a == b }))
