package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// shell is executed, and not the script: a file cannot be executed while a child of another test, which has yet to
// execute its own, has the descriptor that it was written by.
const shell = "/bin/sh "

// TestBoot: a guest passes if it ends after all its jobs went well, and says what happened otherwise. A shell plays
// the guest.
func TestBoot(t *testing.T) {
	jobs := []job{{name: "questions/amd64", seconds: 1}, {name: verdicts, seconds: 1}}
	const ok = `echo 'kernels: up 1.5 7.2'; echo 'kernels: run questions/amd64'; printf 'kernels: answer x86_64\tkernel\t7.2\n'
		echo 'kernels: end 1.0 questions/amd64 ok'; echo 'kernels: run verdicts';
		echo '    verdicts_linux_test.go:72: x86_64: 833 vectors and 59737 other calls judged in 0.9 s';`
	for _, test := range []struct{ name, script, want string }{
		{"well", ok + `echo 'kernels: end 2.0 verdicts ok'; echo 'kernels: done 3'`, "<nil>"},
		{"a job fails", ok + `echo 'kernels: end 2.0 verdicts exit status 1'; echo 'kernels: done 3'`, "verdicts: exit status 1"},
		{"a panic", ok + `echo 'Kernel panic - not syncing'`, "died in verdicts"},
		{"hangs", ok + `sleep 1000`, ": killed after 2s"},
		{"hangs at once", `sleep 1000`, "hangs in boot: killed"},
		{"skipped", ok + `echo '--- SKIP: TestVerdicts (0.00s)'; echo 'kernels: end 2.0 verdicts ok'; echo 'kernels: done 3'`, "did not run"},
		{"no such test", ok + `echo 'testing: warning: no tests to run'; echo 'kernels: end 2.0 verdicts ok'; echo 'kernels: done 3'`, "did not run"},
		{"no answers", strings.ReplaceAll(ok, "kernels: answer", "garbled") + `echo 'kernels: end 2.0 verdicts ok'; echo 'kernels: done 3'`, "no answers of x86_64"},
		{"no verdicts", strings.ReplaceAll(ok, "x86_64:", "x86:") + `echo 'kernels: end 2.0 verdicts ok'; echo 'kernels: done 3'`, "no verdicts of programs of x86_64"},
		{"a verdict is wrong", ok + `echo '=== RUN   TestVerdicts/a.vec'; echo '    v_test.go:7: a.vec:9: the kernel answers x86_64 read() with ALLOW, want ERRNO(1)'
			echo '=== NAME  TestVerdicts'; echo '    v_test.go:8: more'; echo '--- FAIL: TestVerdicts (1s)'; echo '    --- FAIL: TestVerdicts/a.vec (1s)'
			echo 'kernels: end 2.0 verdicts exit status 1'; echo 'kernels: done 3'`, "a.vec:9: the kernel answers x86_64 read() with ALLOW, want ERRNO(1)"},
		{"files are lost", `echo '[    0.66] Initramfs unpacking failed: write error'; ` + ok + `echo 'kernels: end 2.0 verdicts ok'; echo 'kernels: done 3'; sleep 1000`, "lacks files"},
		{"a job is lost", ok + `echo 'kernels: done 3'`, "1 of 2 jobs ended"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			script := filepath.Join(t.TempDir(), "guest")
			if err := os.WriteFile(script, []byte(test.script+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			g := guest{name: "x86_64", goarch: "amd64", qemu: shell + script}
			limit := time.Minute
			if strings.HasPrefix(test.name, "hangs") {
				limit = 2 * time.Second
			}
			r := boot(t.Context(), g, "", "", filepath.Join(t.TempDir(), "console"), jobs, limit)
			if got := fmt.Sprint(r.err); !strings.Contains(got, test.want) {
				t.Errorf("boot says %s, want %s", got, test.want)
			}
			if test.name == "well" && r.answers[key{"x86_64", "kernel"}] != "7.2" {
				t.Errorf("answers %v", r.answers)
			}
		})
	}
}

// TestCanceled: nothing is left of a guest when the command is interrupted.
func TestCanceled(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "guest")
	if err := os.WriteFile(script, []byte("echo $$ >"+dir+"/pid\nsleep 1000\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for {
			if pid, err := os.ReadFile(dir + "/pid"); err == nil && len(pid) > 0 {
				cancel()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	r := boot(ctx, guest{name: "x86_64", qemu: shell + script}, "", "", dir+"/console", nil, time.Minute)
	if !errors.Is(r.err, context.Canceled) {
		t.Errorf("boot says %v", r.err)
	}
	pid, err := os.ReadFile(dir + "/pid")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("/proc/" + strings.TrimSpace(string(pid))); !os.IsNotExist(err) {
		t.Errorf("the guest is still there (%v)", err)
	}
}

func TestStatus(t *testing.T) {
	fetch := fmt.Errorf("x: %w: no package", errFetch)
	for _, test := range []struct {
		err  error
		want int
	}{
		{fetch, unavailable},
		{errors.Join(fetch, fetch), unavailable},
		{fmt.Errorf("WARNING: %w", fetch), unavailable},
		{errors.Join(fetch, errors.New("differs")), 1},
		{context.Canceled, 1},
	} {
		if got := status(test.err); got != test.want {
			t.Errorf("status(%q) = %d, want %d", test.err, got, test.want)
		}
	}
}

func TestMaySkip(t *testing.T) {
	for _, test := range []struct {
		goarch, test, release string
		want                  bool
	}{
		{"386", "TestElsewhere", "7.2.13+deb14-amd64", true},
		{"386", "TestListenerOnKernel/flags", "5.10.0-32-amd64", true},
		{"386", "TestListenerOnKernel/flags", "6.1.0-50-4kc-malta", true},
		{"386", "TestListenerOnKernel/flags", "6.12.1", false},
		{"386", "TestFilterOnKernel/probes/nobody", "5.10.0-32-arm64", true},
		{"386", "TestFilterOnKernel/probes/root", "6.1.0-50-5kc-malta", false},
		{"386", "TestListenerOnKernel", "5.10.0", false},
		{"386", "TestFilterFlagsBeyond32Bits", "7.2.13", true},
		{"amd64", "TestFilterFlagsBeyond32Bits", "7.2.13", false},
		{"mipsle", "TestListenerOnKernel/interrupted/root", "6.1.0-50-4kc-malta", true},
		{"amd64", "TestListenerOnKernel/interrupted/root", "5.10.0", false},
		{"amd64", "TestListenerOnKernel/serve,_refused", "5.10.0-32-amd64", true},
		{"amd64", "TestListenerOnKernel/serve,_refused", "6.1.0-50-amd64", false},
		{"mips64le", "TestListenerOnKernel/serve,_refused", "6.1.0-50-5kc-malta", true},
		{"386", "TestVerdicts", "5.10.0", false},
		{"amd64", "TestTraceOnKernel/32_bits/nobody", "5.10.0", false},
		{"386", "TestTraceOnKernel/attach_32_bits", "5.10.0", true}, // is one itself
	} {
		g := guest{goarch: "amd64", compat: []string{"386"}}
		if got := g.maySkip(test.goarch, test.test, test.release); got != test.want {
			t.Errorf("maySkip(%s, %s, %s) = %t", test.goarch, test.test, test.release, got)
		}
	}
	if alone := (guest{goarch: "riscv64"}); !alone.maySkip("riscv64", "TestTraceOnKernel/32_bits", "7.2.13") {
		t.Error("a kernel that executes programs of 64 bits alone may not skip those of 32")
	}
}

// TestLimit: a job that hangs is killed by the guest, which says where it does.
func TestLimit(t *testing.T) {
	for _, g := range guests {
		for _, set := range sets {
			jobs := g.jobs(set)
			for _, j := range jobs {
				if before := limit(jobs) - time.Duration(j.seconds)*time.Second; before < patience*time.Second {
					t.Errorf("%s %s: %v are left beside those of %s", g.name, set, before, j.name)
				}
			}
		}
	}
}

func TestChoose(t *testing.T) {
	names := func(list []guest) (names []string) {
		for _, g := range list {
			names = append(names, g.name)
		}
		return names
	}
	for _, test := range []struct {
		args []string
		set  string
		want func(guest) bool
	}{
		{nil, "long", func(guest) bool { return true }},
		{[]string{"short"}, "short", func(g guest) bool { return g.short }},
		{[]string{"questions"}, "questions", func(guest) bool { return true }},
		{[]string{"short", "arm"}, "short", func(g guest) bool { return g.name == "arm" }},
		{[]string{"s390x"}, "long", func(g guest) bool { return g.name == "s390x" }},
	} {
		set, list, err := choose(test.args)
		want := slices.DeleteFunc(slices.Clone(guests), func(g guest) bool { return !test.want(g) })
		if err != nil || set != test.set || !slices.Equal(names(list), names(want)) {
			t.Errorf("choose(%q) = %s, %v, %v, want %s, %v", test.args, set, names(list), err, test.set, names(want))
		}
	}
	for arg, want := range map[string]string{"vax": "vax", "short long": "two sets", "short -guests": "flags come before"} {
		if _, _, err := choose(strings.Fields(arg)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("choose(%s) says %v", arg, err)
		}
	}
}

func TestVersions(t *testing.T) {
	ascending := []string{"linux-image-5.10.0-9-amd64", "linux-image-5.10.0-32-amd64", "linux-image-5.10.0-103-amd64", "linux-image-6.1.0-2-amd64"}
	if !slices.IsSortedFunc(ascending, versions) || slices.IsSortedFunc([]string{"a-7.10", "a-7.9"}, versions) {
		t.Errorf("versions does not order %v", ascending)
	}
}

// TestHeld: a kernel that is not what was fetched is not the cache's.
func TestHeld(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := func(when string, whole bool) {
		if _, got := held(dir); got != whole {
			t.Errorf("%s: whole is %t", when, got)
		}
	}
	want("nothing", false)
	write("vmlinuz", "kernel")
	want("without a name", false)
	sum, err := checksum(filepath.Join(dir, "vmlinuz"))
	if err != nil {
		t.Fatal(err)
	}
	write("package", "linux-image")
	want("without a checksum", false)
	write("package", "linux-image "+sum)
	want("as written", true)
	write("vmlinuz", "kern")
	want("cut off", false)
	os.Remove(filepath.Join(dir, "vmlinuz"))
	want("without the file", false)
}

// TestTreeSum: whatever changes in a directory changes its checksum.
func TestTreeSum(t *testing.T) {
	dir := t.TempDir()
	seen := map[string]string{}
	step := func(what string, err error) {
		sum, sumErr := treeSum(dir)
		if err := errors.Join(err, sumErr); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if seen[sum] != "" {
			t.Errorf("the same checksum: %s, and %s", seen[sum], what)
		}
		seen[sum] = what
	}
	file := filepath.Join(dir, "lib", "libc.so")
	step("empty", nil)
	step("a directory", os.Mkdir(filepath.Dir(file), 0o755))
	step("a file", os.WriteFile(file, []byte("library"), 0o644))
	step("cut off", os.Truncate(file, 3))
	step("a link", os.Symlink("libc.so", filepath.Join(dir, "lib", "l")))
	step("another name", os.Rename(file, file+".6"))
	step("removed", os.Remove(file+".6"))
	if _, err := treeSum(filepath.Join(dir, "missing")); err == nil {
		t.Error("a checksum of what is missing")
	}
}

// TestArchive: cpio reads what is written, with modes and links.
func TestArchive(t *testing.T) {
	cpio, err := exec.LookPath("cpio")
	if err != nil {
		t.Skip("no cpio here")
	}
	var b bytes.Buffer
	a := &archive{w: &b}
	a.dir("d")
	a.program("d/odd", []byte("abc"))
	a.text("d/text", []byte("x"))
	a.link("l", "d/odd")
	a.device("null", 1, 3)
	if err := a.end(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(cpio, "-itv", "--quiet")
	cmd.Stdin = &b
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"drwxr-xr-x", "-rwxr-xr-x", "-rw-r--r--", "l -> d/odd", "crw-------", "1,   3"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("cpio lists\n%s\nwithout %q", out, want)
		}
	}
}
