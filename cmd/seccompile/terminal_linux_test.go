package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openTerminal opens a terminal that has nothing to read.
func openTerminal(t *testing.T) *os.File {
	t.Helper()
	f, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|nonblock, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestReadWaits: what has no text yet is an error at once. A terminal is pollable and
// empty, as /proc/kmsg can be.
func TestReadWaits(t *testing.T) {
	f := openTerminal(t)
	done := make(chan error, 1)
	go func() {
		_, err := io.ReadAll(regular(f))
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil || !strings.Contains(err.Error(), "it has no text yet") {
			t.Errorf("reading an empty terminal: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("reading an empty terminal waits")
	}
}

// TestStyle: only terminals are written to in bold, unless someone objects.
func TestStyle(t *testing.T) {
	terminal := openTerminal(t)
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	if got := styleOf(terminal).bold("x"); got != "\x1b[1mx\x1b[0m" {
		t.Errorf("on a terminal x is %q", got)
	}
	if got := styleOf(new(strings.Builder)).bold("x"); got != "x" {
		t.Errorf("in a text x is %q", got)
	}
	t.Setenv("TERM", "dumb")
	if got := styleOf(terminal).bold("x"); got != "x" {
		t.Errorf("on a dumb terminal x is %q", got)
	}
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "1")
	if got := styleOf(terminal).bold("x"); got != "x" {
		t.Errorf("with NO_COLOR x is %q", got)
	}
}

// TestNarrow: lines are as wide as the terminal, unless a word or a command is wider.
func TestNarrow(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("NO_COLOR", "1")
	writeText(t, "old.json", allowAll)
	writeText(t, "new.json", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["socket", "bind"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_EQ"}]}]}`)
	if got := seccompile("", "compile", "--profile", "new.json", "--arch", "x86_64", "-o", "new.bpf"); got.Status != exitOK {
		t.Fatal(got)
	}
	writeFilter(t, "sum.bpf", sum)
	writeText(t, "trace.txt", "socket(AF_VSOCK, SOCK_STREAM, 0) = -1 EPERM (x)\n")
	terminal := openTerminal(t)
	if err := unix.IoctlSetPointerInt(int(terminal.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	long := regexp.MustCompile(`^(explain|why).*(new.json --arch x86_64| -v)`) // more than the usual columns have
	for _, args := range []string{"diff --arch x86_64 old.json new.json", "summary --profile new.json --arch x86_64", "help", "help eval", "help status", "help run", "help compile", "calls socket", "calls @mounts",
		"explain --profile new.json --arch x86_64 --kernel 6.18 socket bind", "explain --arch x86_64 --kernel 6.18 socketpair io_uring_setup", "explain --profile new.json --arch riscv64 open chmod",
		"explain --filter new.bpf --arch x86_64 -v", "explain --filter new.bpf --arch x86_64 socket", "explain --filter sum.bpf --arch x86_64",
		"why --profile new.json --arch x86_64 trace.txt"} {
		for _, cols := range []int{20, 30, 60, 80, 120} {
			asks := strings.HasPrefix(args, "explain") || strings.HasPrefix(args, "why")
			if cols < 60 && asks { // calls and conditions are lines of their own
				continue
			}
			out, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
			if err != nil {
				t.Skip(err)
			}
			if err := unix.IoctlSetWinsize(int(out.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 25, Col: uint16(cols)}); err != nil {
				t.Fatal(err)
			}
			text := make(chan string)
			go func() {
				var all strings.Builder
				buf := make([]byte, 1<<12)
				for !strings.HasSuffix(all.String(), "\x04") {
					n, err := unix.Read(int(terminal.Fd()), buf)
					if err != nil && err != unix.EAGAIN {
						break
					} else if n > 0 {
						all.Write(buf[:n])
						continue
					}
					time.Sleep(time.Millisecond)
				}
				text <- strings.TrimSuffix(all.String(), "\x04")
			}()
			var stderr strings.Builder
			dispatch(strings.Fields(args), stdio{strings.NewReader(""), out, &stderr})
			out.WriteString("\x04")
			got := strings.ReplaceAll(<-text, "\r\n", "\n")
			out.Close()
			if got == "" || stderr.Len() > 0 && !strings.HasPrefix(args, "why") { // which counts there
				t.Errorf("%s: %q, %s", args, got, &stderr)
			}
			longest := 0
			for line := range strings.Lines(got) {
				longest = max(longest, len(line)-1)
				command := strings.HasPrefix(line, "  seccompile ") || strings.HasPrefix(line, `    {"names": `)
				if len(line)-1 > cols && strings.Contains(strings.TrimSpace(line), " ") && !command {
					t.Errorf("%s: a line of %d columns for %d: %s", args, len(line)-1, cols, line)
				}
			}
			if longest < min(cols, width)/2 || cols > width && long.MatchString(args) && longest <= width {
				t.Errorf("%s: the longest line has %d of %d columns:\n%s", args, longest, cols, got)
			}
		}
	}
}

// TestUsualFormat: filters are listed on a terminal, and nowhere else.
func TestUsualFormat(t *testing.T) {
	terminal := openTerminal(t)
	for _, tt := range []struct {
		output string
		out    io.Writer
		want   string
	}{{"-", terminal, "list"}, {"web.bpf", terminal, "raw"}, {"-", new(strings.Builder), "raw"}} {
		if got := usualFormat(tt.output, stdio{out: tt.out}); got != tt.want {
			t.Errorf("usualFormat(%s, %T) = %s, want %s", tt.output, tt.out, got, tt.want)
		}
	}
}
