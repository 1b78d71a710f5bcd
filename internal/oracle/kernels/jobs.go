package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seccompile/seccompile/arch"
)

// A builder cross-builds what guests run, from the checkout.
type builder struct {
	checkout, dir string
	mu            sync.Mutex
	built         map[string]bool
}

// program returns the file of a program or a test of the package, a path from the checkout's top, for
// GOARCH.
func (b *builder) program(ctx context.Context, goarch, pkg string, test bool) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	file := filepath.Join(b.dir, goarch, strings.ReplaceAll(pkg, "/", "-"))
	words := []string{"build"}
	if test {
		file += ".test"
		words = []string{"test", "-c"}
	}
	if b.built[file] {
		return file, nil
	}
	dir, env := b.checkout, os.Environ()
	const oracle = "internal/oracle"
	if rest, ok := strings.CutPrefix(pkg, oracle+"/"); ok {
		dir, pkg, env = filepath.Join(dir, oracle), rest, append(env, "GOWORK=off")
	}
	cmd := exec.CommandContext(ctx, "go", append(words, "-trimpath", "-ldflags=-s -w", "-o", file, "./"+pkg)...)
	cmd.Dir, cmd.Env = dir, append(env, "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+goarch)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go %s for %s: %v\n%s", strings.Join(cmd.Args[1:], " "), goarch, err, out)
	}
	b.built[file] = true
	return file, nil
}

// A job is what a guest runs: a program or a test of a package of the checkout.
type job struct {
	name    string // without spaces
	goarch  string
	pkg     string // a path from the checkout's top
	test    bool
	seconds int // that it may take
	args    []string
}

// patience is how many seconds questions may take, on emulated processors that wait for others.
const patience = 120

// verdicts is the job that must not be skipped.
const verdicts = "verdicts"

// caller makes the calls for the live verdicts, as a program of the ABI.
const caller = "internal/live/caller"

// callTable tells the questions the kernel's function for each call.
const callTable = "internal/calls/table.csv"

// fewer has tests make less of the same, which emulated processors take long for.
var fewer = map[string][]string{
	"install":        {"-launches", "20"},
	"install/notify": {"-calls", "10000"},
	"install/trace":  {"-calls", "100"},
}

// programs are the GOARCHes of the programs that the guest executes.
func (g guest) programs() []string { return append([]string{g.goarch}, g.compat...) }

// executes are the ABIs of the programs that the guest executes. Go has no port to n32, and 64-bit kernels
// for MIPS execute its programs.
func (g guest) executes() (list []arch.Arch) {
	for _, goarch := range g.programs() {
		a := g.abi(goarch)
		list = append(list, a)
		switch a {
		case arch.MIPS64:
			list = append(list, arch.MIPS64N32)
		case arch.MIPSEL64:
			list = append(list, arch.MIPSEL64N32)
		}
	}
	return list
}

// family are the GOARCHes whose programs one kernel can be built to execute, the guest's or another.
func (g guest) family() (goarches []string) {
	for a := range arch.All() {
		if goarch := a.GOARCH(); a.SameKernel(g.abi(g.goarch)) && goarch != "" && !slices.Contains(goarches, goarch) {
			goarches = append(goarches, goarch)
		}
	}
	return goarches
}

// jobs returns what the guest runs for a set.
func (g guest) jobs(set string) (list []job) {
	for _, goarch := range g.programs() {
		list = append(list, job{"questions/" + goarch, goarch, "internal/oracle/kernels/ask", false, patience, nil})
	}
	if set == "questions" {
		return list
	}
	judged := job{verdicts, g.goarch, "compile", true, 4 * patience, []string{"-test.v", "-test.run=^TestVerdicts$", "-children", "/children"}}
	list = append(list, judged)
	if set == "short" {
		return list
	}
	list = append(list, job{"compile/" + g.goarch, g.goarch, "compile", true, 4 * patience, []string{"-test.v", "-test.run=^Test(Fold|Stack)Live$"}})
	for _, goarch := range g.programs() {
		for _, pkg := range []string{"internal/vm", "install", "install/notify", "install/trace"} {
			j := job{pkg + "/" + goarch, goarch, pkg, true, 8 * patience, []string{"-test.v"}}
			j.args = append(j.args, fewer[pkg]...)
			list = append(list, j)
		}
	}
	return list
}

// limit is how long a guest may take: one job may take all its seconds, and be killed by the guest, which says what
// hangs; the others half of theirs.
func limit(jobs []job) time.Duration {
	seconds, longest := patience, 0
	for _, j := range jobs {
		seconds += j.seconds / 2
		longest = max(longest, j.seconds)
	}
	return time.Duration(seconds+longest/2+60) * time.Second
}

// initramfs writes the guest's, with the jobs, to file. Tests run in their package's directory of
// /src, with testdata there.
func (b *builder) initramfs(ctx context.Context, g guest, jobs []job, userland, file string) error {
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer out.Close()
	a := &archive{w: out}
	for _, name := range []string{"dev", "proc", "sys", "tmp", "run", "etc", "jobs.d", "children"} {
		a.dir(name)
	}
	a.device("dev/console", 5, 1)
	a.device("dev/null", 1, 3)
	a.text("etc/passwd", []byte("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"))
	a.text("etc/group", []byte("root:x:0:\nnogroup:x:65534:\n"))
	add := func(name, goarch, pkg string, test bool) {
		var file string
		var data []byte
		if err == nil {
			file, err = b.program(ctx, goarch, pkg, test)
		}
		if err == nil {
			data, err = os.ReadFile(file)
		}
		if err == nil {
			a.program(name, data)
		}
	}
	add("init", g.goarch, "internal/oracle/kernels/init", false)
	if slices.ContainsFunc(jobs, func(j job) bool { return j.name == verdicts }) {
		for _, goarch := range g.family() {
			add("children/"+goarch, goarch, caller, false)
		}
	}
	var lines strings.Builder
	for _, d := range []string{"src", "src/compile", "src/internal", "src/internal/calls", "src/internal/vm", "src/install", "src/install/notify", "src/install/trace"} {
		a.dir(d)
	}
	for i, j := range jobs {
		program := fmt.Sprintf("jobs.d/%d", i)
		add(program, j.goarch, j.pkg, j.test)
		dir := "/tmp"
		if j.test {
			dir = "/src/" + j.pkg
		}
		fmt.Fprintf(&lines, "%s\t%d\t%s\t/%s\n", j.name, j.seconds, dir, strings.Join(append([]string{program}, j.args...), "\t"))
	}
	if err != nil {
		return err
	}
	a.text("jobs", []byte(lines.String()))
	table, err := os.ReadFile(filepath.Join(b.checkout, callTable))
	if err != nil {
		return err
	}
	a.text("src/"+callTable, table)
	if err := a.tree("src/testdata", filepath.Join(b.checkout, "testdata")); err != nil {
		return err
	}
	if userland != "" {
		if err := a.tree("", userland); err != nil {
			return err
		}
	}
	if err := a.end(); err != nil {
		return err
	}
	return out.Close()
}
