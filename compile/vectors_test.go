package compile

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/diagram"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/profile/vector"
	"github.com/seccompile/seccompile/syscalls"
	"golang.org/x/net/bpf"
)

// A vectorFile is a vector file with what its settings compile to.
type vectorFile struct {
	*vector.File
	name   string
	filter *Filter
}

// vectorFiles reads testdata/vectors. Files for ABIs that are not wanted have no filter; nil wants all.
func vectorFiles(t *testing.T, wanted func(arch.Arch) bool) (files []vectorFile) {
	t.Helper()
	names, err := filepath.Glob("../testdata/vectors/*.vec")
	if err != nil || len(names) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	for _, name := range names {
		files = append(files, vectorFile{name: filepath.Base(name)})
		f := &files[len(files)-1]
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if f.File, err = vector.Parse(name, text); err != nil {
			t.Fatal(err)
		}
		source, sourceName := profile.DefaultText(), "default.json"
		if f.Settings.Profile != "default" {
			sourceName = filepath.Join(filepath.Dir(name), f.Settings.Profile)
			if source, err = os.ReadFile(sourceName); err != nil {
				t.Fatal(err)
			}
		}
		target, err := f.Settings.Target()
		if err != nil {
			t.Fatal(err)
		}
		if wanted != nil && !wanted(target.Arch) {
			continue
		}
		target.AcceptWeaker = true // what they are noted for is in the tests of the laws
		dialect, err := f.Settings.ParseDialect()
		if err != nil {
			t.Fatal(err)
		}
		f.filter, err = JSON(source, target, Options{Parse: profile.ParseOptions{File: sourceName, Dialect: dialect}})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// TestVectors has the definition, the diagram, our machine and x/net/bpf's judge
// each vector. TestVerdicts has the kernel do so.
func TestVectors(t *testing.T) {
	total, ofDefault := 0, 0
	for _, f := range vectorFiles(t, nil) {
		t.Run(f.name, func(t *testing.T) {
			tree := diagramOf(f.filter.policy)
			other, err := newForeignVM(f.filter)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range f.Vectors {
				meant, _ := f.filter.policy.Decide(v.Call)
				foreign, err := other.run(v.Call)
				if err != nil {
					t.Fatal(err)
				}
				for _, got := range []struct {
					judge  string
					action policy.Action
				}{
					{"Decide", meant},
					{"Eval", policy.Action(tree.Eval(words(v.Call)))},
					{"Run", f.filter.Run(v.Call)},
					{"x/net/bpf", foreign},
				} {
					if got.action != v.Want {
						t.Errorf("%s:%d: %s(%s) = %s, want %s", f.name, v.Line, got.judge, v.Text, got.action, v.Want)
					}
				}
			}
		})
		total += len(f.Vectors)
		if f.Settings.Profile == "default" {
			ofDefault += len(f.Vectors)
		}
	}
	if ofDefault < 150 {
		t.Errorf("%d vectors for the default profile, want 150 at least", ofDefault)
	}
	t.Logf("%d vectors, %d of them for the default profile", total, ofDefault)
}

// words returns a call as a diagram sees it.
func words(c syscalls.Call) *[diagram.Words]uint32 {
	w := &[diagram.Words]uint32{diagram.Arch: c.Audit, diagram.Nr: c.Nr}
	for i, a := range c.Args {
		w[diagram.High(i)], w[diagram.Low(i)] = uint32(a>>32), uint32(a)
	}
	return w
}

// A foreignVM runs a filter on the machine of x/net/bpf, which loads big-endian
// words.
type foreignVM struct {
	vm    *bpf.VM
	order binary.ByteOrder
}

func newForeignVM(f *Filter) (*foreignVM, error) {
	var insns []bpf.Instruction
	for _, i := range f.insns {
		insns = append(insns, i.Disassemble())
	}
	vm, err := bpf.NewVM(insns)
	return &foreignVM{vm, f.native.ByteOrder()}, err
}

func (m *foreignVM) run(c syscalls.Call) (policy.Action, error) {
	var data [abi.DataSize]byte
	for i, w := range vm.Words(c, m.order) {
		binary.BigEndian.PutUint32(data[4*i:], w)
	}
	ret, err := m.vm.Run(data[:])
	return policy.Action(ret), err
}
