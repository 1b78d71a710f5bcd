package main

import (
	"bytes"
	"debug/elf"
	order "encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// writeProgram writes an executable for x86-64 that is nothing but code.
func writeProgram(t *testing.T, name string, code ...byte) {
	t.Helper()
	const at, head = 0x400000, 64 + 56
	h := elf.Header64{Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1, Entry: at + head, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1}
	copy(h.Ident[:], elf.ELFMAG+"\x02\x01\x01")
	n := uint64(head + len(code))
	p := elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X), Vaddr: at, Paddr: at, Filesz: n, Memsz: n, Align: 0x1000}
	var b bytes.Buffer
	order.Write(&b, order.LittleEndian, h)
	order.Write(&b, order.LittleEndian, p)
	b.Write(code)
	if err := os.WriteFile(name, b.Bytes(), 0o755); err != nil {
		t.Fatal(err)
	}
}

// openLog opens the kernel's log at its end.
func openLog(t *testing.T) int {
	t.Helper()
	fd, err := unix.Open("/dev/kmsg", unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("/dev/kmsg: %v", err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if _, err := unix.Seek(fd, 0, io.SeekEnd); err != nil {
		t.Skipf("/dev/kmsg: %v", err)
	}
	return fd
}

// nextRecord waits for a record of a program in the kernel's log, a few seconds.
func nextRecord(fd int, program string) string {
	b := make([]byte, 16<<10)
	for range 40 {
		for {
			n, err := unix.Read(fd, b)
			if err == unix.EPIPE { // records were overwritten
				continue
			} else if err != nil {
				break
			}
			if line := string(b[:n]); strings.Contains(line, "type=1326 ") && strings.Contains(line, `exe="`+program+`"`) {
				first, _, _ := strings.Cut(line, "\n") // fields of the device follow
				return first + "\n"
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	return ""
}

// TestWhyKernel: records that this kernel writes lead to the lines that decided.
func TestWhyKernel(t *testing.T) {
	if runtime.GOARCH != "amd64" || os.Geteuid() != 0 {
		t.Skip("the programs are for x86-64, and the kernel's log is for root")
	}
	path := requireRun(t)
	fd := openLog(t)
	dir := t.TempDir()
	t.Chdir(dir)
	writeText(t, "web.json", `{
  "defaultAction": "SCMP_ACT_ALLOW",
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
  "syscalls": [
    {"names": ["mkdir"], "action": "SCMP_ACT_KILL_PROCESS"},
    {"names": ["chroot"], "action": "SCMP_ACT_LOG"},
    {"names": ["rmdir"], "action": "SCMP_ACT_KILL_THREAD", "args": [{"index": 0, "value": 5, "op": "SCMP_CMP_EQ"}]}
  ]
}
`)
	pause := []byte{0xb8, 34, 0, 0, 0, 0x0f, 0x05} // pause()
	exit := []byte{0xb8, 231, 0, 0, 0, 0x0f, 0x05} // exit_group(...)
	zero := []byte{0x31, 0xff, 0x31, 0xf6}         // of NULL and 0
	call := func(nr byte) []byte { return append(zero[:4:4], 0xb8, nr, 0, 0, 0, 0x0f, 0x05) }
	missing := false
	for _, tt := range []struct {
		name  string
		code  []byte
		lives bool
		want  string
	}{
		{"kill", append(call(83), exit...), false, `<stdin>:1: KILL_PROCESS
  process N (kill, DIR/kill), which is not running
x86_64 mkdir(_) = KILL_PROCESS
  web.json:5:16: mkdir -> KILL_PROCESS
  |     {"names": ["mkdir"], "action": "SCMP_ACT_KILL_PROCESS"},
  |                ^
The same by: mkdirat (allowed); io_uring_setup with io_uring_enter (allowed)
To allow it, from narrow to wide:
  remove mkdir from the entry at web.json:5:16, which takes precedence
`},
		{"condition", append([]byte{0xbf, 5, 0, 0, 0, 0xb8, 84, 0, 0, 0, 0x0f, 0x05}, exit...), false, `<stdin>:1: KILL_THREAD
  process N (condition, DIR/condition), which is not running
  The line does not have all arguments. If the process had the profile, this
  decided, as the only answer that is KILL_THREAD: KILL_THREAD if a0 == 5.
x86_64 rmdir(_), by the first of these that holds:
  KILL_THREAD if a0 == 5
    web.json:7:16: rmdir if a0 == 5 -> KILL_THREAD
    | {"names": ["rmdir"], "action": "SCMP_ACT_KILL_THREAD", "args": [{"index...
    |            ^
  ALLOW otherwise
    web.json:2:20: the default action
    |   "defaultAction": "SCMP_ACT_ALLOW",
    |                    ^
The same by: unlinkat (allowed); io_uring_setup with io_uring_enter (allowed)
To allow it, from narrow to wide:
  remove rmdir from the entry at web.json:7:16, which takes precedence
`},
		{"old", append([]byte{0x31, 0xdb, 0x31, 0xc9, 0xb8, 39, 0, 0, 0, 0xcd, 0x80}, exit...), false, `<stdin>:1: KILL_PROCESS
  process N (old, DIR/old), which is not running
x86 mkdir(_) = KILL_PROCESS
  web.json:5:16: mkdir -> KILL_PROCESS
  |     {"names": ["mkdir"], "action": "SCMP_ACT_KILL_PROCESS"},
  |                ^
The same by: mkdirat (allowed); io_uring_setup with io_uring_enter (allowed)
To allow it, from narrow to wide:
  remove mkdir from the entry at web.json:5:16, which takes precedence
`},
		{"log", append(call(161), append(pause, exit...)...), true, `<stdin>:1: LOG
  process N (log, DIR/log)
x86_64 chroot(_) = LOG
  web.json:6:16: chroot -> LOG
  |     {"names": ["chroot"], "action": "SCMP_ACT_LOG"},
  |                ^
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if missing {
				t.Skip("the kernel's log has no records")
			}
			program := filepath.Join(dir, tt.name)
			writeProgram(t, program, tt.code...)
			// The kernel drops records that come too fast for its log.
			record := ""
			var cmd *exec.Cmd
			for start := time.Now(); record == "" && time.Since(start) < patience/2; {
				cmd = exec.Command(path, "run", "--profile", "web.json", "--", program)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				ended := make(chan error, 1)
				go func() { ended <- cmd.Wait() }()
				end := func() {
					cmd.Process.Kill()
					select {
					case <-ended:
					case <-time.After(patience):
						t.Errorf("%s hangs", program)
					}
				}
				if !tt.lives {
					select {
					case err := <-ended:
						if state := cmd.ProcessState.Sys().(interface{ Signaled() bool }); !state.Signaled() {
							t.Fatalf("%s ended with %v, and a filter kills it", program, err)
						}
					case <-time.After(patience):
						t.Fatalf("%s hangs", program)
					}
					record = nextRecord(fd, program)
				} else if record = nextRecord(fd, program); record == "" {
					end()
				} else {
					t.Cleanup(end)
				}
			}
			if missing = record == ""; missing {
				t.Skip("the kernel's log has no record of a call that was refused: auditing is off, or an audit daemon takes them")
			}
			got := seccompile(record, "why", "--profile", "web.json", "-")
			out := got.Out
			for wrapped := regexp.MustCompile(`(?m)^(  process .*)\n    (\S)`); wrapped.MatchString(out); { // as names are long
				out = wrapped.ReplaceAllString(out, "$1 $2")
			}
			out = regexp.MustCompile(`process \d+`).ReplaceAllString(strings.ReplaceAll(out, dir, "DIR"), "process N")
			out = regexp.MustCompile(`\), in .*`).ReplaceAllString(out, ")") // the unit that the tests run in
			if diff := cmp.Diff(tt.want, out); diff != "" || got.Status != exitOK {
				t.Errorf("%s%s (-want +got)\n%s", record, got, diff)
			}
			if !tt.lives || !strings.Contains(record, " pid="+strconv.Itoa(cmd.Process.Pid)+" ") { // numbers of another namespace
				return
			}
			// In a process of its own: this one waits for the program, and would take the
			// tracer's stop.
			why := exec.Command(path, "why")
			why.Stdin = strings.NewReader(record)
			text, err := why.CombinedOutput()
			if want := "By the filters of process " + strconv.Itoa(cmd.Process.Pid) + ", which lives."; err != nil || !strings.Contains(string(text), want) || !strings.Contains(string(text), "chroot(_) = LOG") {
				t.Errorf("without a profile: %v\n%s\nwant %s", err, text, want)
			}
		})
	}
}
