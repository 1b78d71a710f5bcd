package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A result is what a guest told.
type result struct {
	guest   guest
	release string        // of the kernel
	took    time.Duration // from QEMU's start to its end
	cpu     time.Duration // of QEMU, which does not depend on what else the machine does
	boot    string        // seconds, by the guest's clock
	ends    []end         // of its jobs
	skips   []string      // tests that said so
	judged  []string      // ABIs of the programs that the verdicts are of
	answers map[key]string
	order   []key // of the answers
	err     error
}

// An end is how a job ended.
type end struct {
	job, seconds, how string
	why               string // what tests that failed said
}

// A key is a cell of the table: what the programs of an ABI are answered on a guest.
type key struct{ column, question string }

var (
	told    = regexp.MustCompile(`^kernels: (\w+) (.*)$`)
	skipped = regexp.MustCompile(`^ *--- SKIP: (\S+)`)
	judged  = regexp.MustCompile(`: (\w+): \d+ vectors and \d+ other calls judged`) // TestVerdicts says it
)

// errFiles is a guest's that did not unpack all that it should run.
var errFiles = errors.New("the guest lacks files, perhaps for want of memory")

// boot boots the guest and returns what it told within the limit. The console goes to log.
func boot(ctx context.Context, g guest, kernel, initrd, log string, jobs []job, limit time.Duration) (r result) {
	r = result{guest: g, answers: map[key]string{}}
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	file, err := os.Create(log)
	if err != nil {
		r.err = err
		return r
	}
	defer file.Close()
	words := g.command(kernel, initrd)
	cmd := exec.CommandContext(timed, words[0], words[1:]...)
	// A guest ends with the thread that started it, and so with this program, even if that is killed.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		r.err = err
		return r
	}
	cmd.Stderr = cmd.Stdout
	start := time.Now()
	if r.err = cmd.Start(); r.err != nil {
		return r
	}
	last, done := "boot", false
	var missed []string // tests that did not run and could have
	cut := ""           // what the kernel says if the guest lacks files
	var why failures
	for console := bufio.NewReader(out); ; {
		line, err := console.ReadString('\n')
		if err != nil {
			break
		}
		line = strings.TrimRight(line, "\r\n")
		fmt.Fprintln(file, line)
		why.read(line)
		if m := judged.FindStringSubmatch(line); m != nil {
			r.judged = append(r.judged, m[1])
		}
		if m := skipped.FindStringSubmatch(line); m != nil {
			r.skips = append(r.skips, last+" "+m[1])
			if !g.maySkip(path.Base(last), m[1], r.release) {
				missed = append(missed, m[1])
			}
		}
		if strings.HasPrefix(line, "testing: warning: no tests to run") {
			missed = append(missed, last)
		}
		if strings.Contains(line, "Initramfs unpacking failed") {
			cut = line
			cancel()
		}
		m := told.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		switch words := strings.SplitN(m[2], " ", 3); m[1] {
		case "up":
			r.boot, r.release, _ = strings.Cut(m[2], " ")
		case "run":
			last, why = m[2], failures{}
		case "end":
			if len(words) == 3 {
				r.ends = append(r.ends, end{words[1], words[0], words[2], why.String()})
			}
		case "answer":
			if words := strings.SplitN(m[2], "\t", 3); len(words) == 3 {
				k := key{g.column(strings.TrimPrefix(last, "questions/")), words[1]}
				r.answers[k] = words[2]
				r.order = append(r.order, k)
			}
		case "done":
			done = true
		}
	}
	err = cmd.Wait()
	r.took, r.cpu = time.Since(start), cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()
	switch {
	case ctx.Err() != nil:
		r.err = ctx.Err()
	case cut != "":
		r.err = fmt.Errorf("%w: %s", errFiles, cut)
	case errors.Is(timed.Err(), context.DeadlineExceeded):
		r.err = fmt.Errorf("hangs in %s: killed after %v", last, limit)
	case !done:
		r.err = fmt.Errorf("died in %s (%v); its last words:\n%s", last, err, tail(log, 15))
	case len(missed) > 0:
		r.err = fmt.Errorf("did not run, though the kernel has what is needed: %s (%s)", strings.Join(missed, ", "), log)
	case len(r.ends) != len(jobs):
		r.err = fmt.Errorf("%d of %d jobs ended", len(r.ends), len(jobs))
	}
	var failed []error
	for _, e := range r.ends {
		if e.how != "ok" {
			failed = append(failed, fmt.Errorf("%s: %s (%s)%s", e.job, e.how, log, e.why))
		}
	}
	if r.err == nil && len(failed) == 0 {
		r.err = r.lacks(jobs)
	} else if len(failed) > 0 {
		r.err = errors.Join(append([]error{r.err}, failed...)...)
	}
	return r
}

// lacks says what the jobs of a guest should have told and did not: they may have run another program.
func (r result) lacks(jobs []job) error {
	for _, j := range jobs {
		goarch, questions := strings.CutPrefix(j.name, "questions/")
		if questions && r.answers[key{r.guest.column(goarch), informative}] == "" {
			return fmt.Errorf("no answers of %s", r.guest.column(goarch))
		}
		for _, a := range r.guest.executes() {
			if j.name == verdicts && !slices.Contains(r.judged, a.String()) {
				return fmt.Errorf("no verdicts of programs of %s", a)
			}
		}
	}
	return nil
}

// tail returns the last n lines of a file.
func tail(name string, n int) string {
	text, err := os.ReadFile(filepath.Clean(name))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
