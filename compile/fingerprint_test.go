package compile

import (
	"crypto/sha256"
	"encoding/binary"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A documented builds the form that Fingerprint's comment describes, from
// nothing but the comment and Policy.Decide. Nodes are written as they are
// finished.
type documented struct {
	pol   *policy.Policy
	nodes map[[3]uint32]uint32
	out   []byte

	known map[[3]uint32][]uint64 // borders, by word, arch and nr
}

// node returns the index of a node, and writes it if it is new.
func (d *documented) node(n [3]uint32) uint32 {
	i, ok := d.nodes[n]
	if !ok {
		i = uint32(len(d.nodes))
		d.nodes[n] = i
		for _, w := range n {
			d.out = binary.BigEndian.AppendUint32(d.out, w)
		}
	}
	return i
}

// build returns the node of the calls that have the words before w, and word w
// from lo to lo+2^bits-1.
func (d *documented) build(w int, lo uint32, bits int, in [16]uint32) uint32 {
	if w == len(in) {
		c := syscalls.Call{Audit: in[0], Nr: in[1], IP: uint64(in[14])<<32 | uint64(in[15])}
		for i := range c.Args {
			c.Args[i] = uint64(in[2+2*i])<<32 | uint64(in[3+2*i])
		}
		action, _ := d.pol.Decide(c)
		return d.node([3]uint32{512, uint32(action), 0})
	}
	hi := uint64(lo) + 1<<bits
	if bits == 0 || !slices.ContainsFunc(d.borders(w, in), func(b uint64) bool { return uint64(lo) < b && b < hi }) {
		in[w] = lo
		return d.build(w+1, 0, 32, in)
	}
	zero := d.build(w, lo, bits-1, in)
	one := d.build(w, lo+1<<(bits-1), bits-1, in)
	if zero == one {
		return zero
	}
	return d.node([3]uint32{uint32(32*w + 31 - (bits - 1)), zero, one})
}

// borders returns the values of word w at which an answer can change, for the
// words before it. The policies of the test compare, without masks.
func (d *documented) borders(w int, in [16]uint32) (list []uint64) {
	key := [3]uint32{uint32(w), in[0], in[1]}
	if list, ok := d.known[key]; ok {
		return list
	}
	defer func() { d.known[key] = list }()
	add := func(value uint32) { list = append(list, uint64(value), uint64(value)+1) }
	for i := range d.pol.Arches {
		a := &d.pol.Arches[i]
		audit := a.Arch.Audit()
		switch {
		case w == 0:
			add(audit)
		case audit != in[0]:
		case w == 1:
			for b := range arch.All() {
				if b.Audit() == audit {
					add(b.NumberBase())
				}
			}
			add(1 << 30)
			add(1<<31 - 1)
			add(^uint32(0))
			for nr := range syscalls.All(a.Arch) {
				add(nr)
			}
		default:
			for _, r := range a.Rules {
				for _, c := range r.Conds {
					switch {
					case r.Nr != in[1]:
					case w == 2+2*int(c.Arg):
						add(uint32(c.Value >> 32))
					case w == 3+2*int(c.Arg):
						add(uint32(c.Value))
					}
				}
			}
		}
	}
	return list
}

// header returns the text in quotes that the comment puts first.
func header(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile("fingerprint.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^//\t"(.*)\\n"$`).FindSubmatch(source)
	if found == nil {
		t.Fatal("Fingerprint's comment has no header in quotes")
	}
	return string(found[1]) + "\n"
}

// TestFingerprintIsDocumented: the hash is that of the form which the comment
// describes.
func TestFingerprintIsDocumented(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const rules = `{"names": ["read", "exit_group"], "action": "SCMP_ACT_ALLOW"},
		{"names": ["lseek"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 4294967301, "op": "SCMP_CMP_LE"}]},
		{"names": ["socket"], "action": "SCMP_ACT_TRAP", "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 2, "op": "SCMP_CMP_GT"}]},
		{"names": ["socket"], "action": "SCMP_ACT_LOG", "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]}`
	tests := []struct {
		text   string
		target profile.Target
	}{
		{`{"defaultAction": "SCMP_ACT_ALLOW"}`, profile.Target{Arch: arch.RISCV64}},
		{`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [` + rules + `]}`, profile.Target{Arch: arch.AArch64}},
		{`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [` + rules + `]}`, profile.Target{Arch: arch.S390X}},
		{`{"defaultAction": "SCMP_ACT_KILL_PROCESS", "architectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"], "syscalls": [` + rules + `]}`, profile.Target{Arch: arch.X86_64}},
	}
	for _, tt := range tests {
		pol := mustCompile(t, tt.text, tt.target).Policy()
		d := documented{pol: pol, nodes: map[[3]uint32]uint32{}, known: map[[3]uint32][]uint64{}, out: []byte(header(t))}
		d.build(0, 0, 32, [16]uint32{})
		got, err := Fingerprint(pol)
		if want := sha256.Sum256(d.out); err != nil || got != want {
			t.Errorf("Fingerprint for %s = %x, %v, and by its comment, with %d nodes, %x", tt.target.Arch, got, err, len(d.nodes), want)
		}
	}
}
