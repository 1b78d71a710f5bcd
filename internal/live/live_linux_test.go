package live

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/selftest"
)

// answers are the calls that the filter of TestRun knows, each with its answer.
var answers = []struct {
	nr           uint32
	answer, want uint32
}{
	{7000, abi.RetTrap, abi.RetTrap},
	{7001, abi.RetKillThread, abi.RetKillThread},
	{7002, abi.RetKillProcess, abi.RetKillProcess},
	{7003, abi.RetErrno, abi.RetErrno},
	{7004, abi.RetErrno | 1, abi.RetErrno | 1},
	{7005, abi.RetErrno | abi.MaxErrno - 1, abi.RetErrno | abi.MaxErrno - 1},
	{7006, abi.RetUserNotif, abi.RetErrno | Passed},
	{7007, abi.RetTrace, abi.RetErrno | Passed},
	{7008, abi.RetLog, abi.RetErrno | Passed},
	{unix.SYS_EXIT_GROUP, abi.RetAllow, abi.RetErrno | Passed},
}

// child builds the child for this machine.
func child(t *testing.T) string {
	selftest.Live(t)
	name := filepath.Join(t.TempDir(), "child")
	cmd := exec.Command("go", "build", "-o", name, "./caller")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	return name
}

func TestRun(t *testing.T) {
	insns := []bpf.RawInstruction{{Op: abi.ClassLD | abi.ModeABS, K: abi.DataNr}}
	var calls []Call
	var want []uint32
	for _, a := range answers {
		insns = append(insns,
			bpf.RawInstruction{Op: abi.ClassJMP | abi.OpJEQ, K: a.nr, Jf: 1},
			bpf.RawInstruction{Op: abi.ClassRET, K: a.answer})
		calls, want = append(calls, Call{Nr: a.nr}), append(want, a.want)
	}
	insns = append(insns, bpf.RawInstruction{Op: abi.ClassRET, K: abi.RetTrap}) // as it answers what the runtime needs, too
	calls = append(calls, calls...)
	want = append(want, want...)
	got, err := Run(child(t), insns, calls)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Run (-want +got)\n%s", diff)
	}
}

func TestRunErrors(t *testing.T) {
	name := child(t)
	allow := []bpf.RawInstruction{{Op: abi.ClassRET, K: abi.RetAllow}}
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no program"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(text, allow, []Call{{}}); !errors.Is(err, unix.ENOEXEC) {
		t.Errorf("Run of a text: %v, want ENOEXEC", err)
	}
	if _, err := Run(name, []bpf.RawInstruction{{Op: abi.ClassLD | abi.ModeABS, K: 1}}, []Call{{}}); !errors.Is(err, unix.EINVAL) {
		t.Errorf("Run with a filter that the kernel refuses: %v, want EINVAL", err)
	}
	if _, err := Run("/bin/false", allow, []Call{{}}); err == nil || !strings.Contains(err.Error(), "exit status 1") {
		t.Errorf("Run of another program: %v, want its exit status", err)
	}
	if _, err := Run(name, allow, []Call{{Args: [6]uint64{5: magic}}}); err == nil || !strings.Contains(err.Error(), "executed") {
		t.Errorf("Run of a call that the older filter allows: %v", err)
	}
}

// TestN32: the program is one that the kernel takes for n32, and the older filter knows where its
// call under test comes from.
func TestN32(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		name := filepath.Join(t.TempDir(), "n32")
		if err := N32(name, order); err != nil {
			t.Fatal(err)
		}
		f, err := elf.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if f.Class != elf.ELFCLASS32 || f.ByteOrder != order || f.Machine != elf.EM_MIPS || f.Entry != n32Base+n32Entry || len(f.Progs) != 1 {
			t.Errorf("header %+v with %d programs", f.FileHeader, len(f.Progs))
		}
		var word [4]byte
		if _, err := f.Progs[0].ReadAt(word[:], n32Site-4-n32Base); err != nil || order.Uint32(word[:]) != 0x0000000c {
			t.Errorf("%v: before the site is %x (%v), want syscall", order, word, err)
		}
	}
}

// TestSupervised: a call that a supervisor answers has the errno, and the value unless the kernel loses all. Each of
// the threads ends.
func TestSupervised(t *testing.T) {
	selftest.Live(t)
	var values, lost int
	for _, want := range []struct {
		value int64
		errno syscall.Errno
	}{{0, 0}, {7, 0}, {1<<31 - 1, 0}, {-4096, 0}, {0, 1}, {0, 4094}} {
		value, errno, err := Supervised(want.value, want.errno)
		if want.errno != 0 {
			want.value = -1
		} else if want.value != 0 {
			if values++; value == 0 {
				lost++
				value = want.value
			}
		}
		if err != nil || value != want.value || errno != want.errno {
			t.Errorf("the call returns %d, %d (%v), want %d, %d", value, errno, err, want.value, want.errno)
		}
	}
	if lost > 0 && (lost < values || !strings.HasPrefix(runtime.GOARCH, "ppc64")) {
		t.Errorf("%d of %d values are lost", lost, values)
	}
	if errno, err := Interrupted(); err != nil || errno != 0 && !strings.HasPrefix(runtime.GOARCH, "mips") {
		t.Errorf("an interrupted call returns errno %d (%v)", errno, err)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil || strings.Contains(string(status), "Seccomp:\t2") {
		t.Errorf("the first thread has a filter (%v)", err)
	}
}
