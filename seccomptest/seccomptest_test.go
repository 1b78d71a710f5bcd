package seccomptest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// write writes files, by their names with slashes, into a directory of their own.
func write(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	web = `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
{"names": ["read", "getrandom"], "action": "SCMP_ACT_ALLOW"},
{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]}`
	settings = "profile web.json\narch x86_64\n"
)

// joined returns errors as one text, with the directory as DIR.
func joined(dir string, errs []error) string {
	var b strings.Builder
	for _, err := range errs {
		b.WriteString(strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "DIR/") + "\n")
	}
	return b.String()
}

// sandbox is a policy in Go, with the line of its New.
func sandbox(t *testing.T) (p *profile.Profile, line int) {
	t.Helper()
	p, err := profile.New(policy.Errno(1)).
		Allow("read", "getrandom").
		Allow("socket").If(profile.Arg(0).Is("AF_UNIX")).
		Profile()
	if err != nil {
		t.Fatal(err)
	}
	return p, p.Pos().Line
}

func TestJudge(t *testing.T) {
	weaker := `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["raed"], "action": "SCMP_ACT_ERRNO"}, {"names": ["write"], "action": "SCMP_ACT_ERRNO"}]}`
	code, line := sandbox(t)
	trap := policy.Trap
	tests := []struct {
		name string
		o    Options
		vec  string
		want string
	}{
		{"as expected", Options{}, settings + "x86_64 read() = ALLOW\nx86_64 socket(1) = ALLOW\nx86 read() = KILL_THREAD\n", ""},
		{"otherwise", Options{}, settings + "x86_64 read() = LOG\nx86_64 read(1) = ALLOW\nx86_64 socket(1) = ERRNO(1)\nx86_64 socket(2) = ALLOW\nx86 read() = ALLOW\nx86_64 1000() = ALLOW\n", `DIR/a.vec:3: x86_64 read() = ALLOW, want LOG; decided by DIR/web.json:2:12: read -> ALLOW
DIR/a.vec:5: x86_64 socket(1) = ALLOW, want ERRNO(1); decided by DIR/web.json:3:12: socket if a0:32 == 1 -> ALLOW
DIR/a.vec:6: x86_64 socket(2) = ERRNO(1), want ALLOW; decided by the default action
DIR/a.vec:7: x86 read() = KILL_THREAD, want ALLOW; decided by the action for calls of other ABIs
DIR/a.vec:8: x86_64 1000() = ERRNO(38), want ALLOW; decided by the answer to calls newer than the profile
`},
		{"a policy in Go", Options{Profile: code}, "arch aarch64\naarch64 socket(1) = ERRNO(1)\n", fmt.Sprintf("DIR/a.vec:2: aarch64 socket(1) = ALLOW, want ERRNO(1); decided by seccomptest_test.go:%d: socket if a0:32 == 1 -> ALLOW\n", line+2)},
		{"a profile counts over the file's", Options{Profile: code}, "profile none.json\narch aarch64\naarch64 socket(1) = ALLOW\n", ""},
		{"other ABIs", Options{BadArch: &trap}, settings + "x86 read() = TRAP\n", ""},
		{"the built-in profile", Options{}, "profile default\narch x86_64\nkernel 6.1\nx86_64 read() = ALLOW\nx86_64 chroot() = ALLOW\n", ""},
		{"its settings count", Options{}, "profile default\narch x86_64\nkernel 6.1\ncaps none\nx86_64 chroot() = ALLOW\n", "DIR/a.vec:5: x86_64 chroot() = ERRNO(1), want ALLOW; decided by the default action\n"},
		{"a profile of a parent", Options{}, "profile ../" + "PARENT" + "/web.json\narch x86_64\nx86_64 read() = ALLOW\n", ""},
		{"a weaker policy", Options{}, "profile weaker.json\narch x86_64\nx86_64 read() = ALLOW\n", `DIR/weaker.json:1:61: /syscalls/0/names/0: unknown system call "raed" (did you mean read?) is ignored; refused because the policy would be weaker than the text (--accept-weaker and Target.AcceptWeaker accept it)
`},
		{"that is accepted", Options{AcceptWeaker: true}, "profile weaker.json\narch x86_64\nx86_64 read() = ALLOW\n", ""},

		{"no action", Options{}, settings + "x86_64 read()\n", "DIR/a.vec:3: x86_64 read() without an expected action (write one, such as = ALLOW)\n"},
		{"no vectors", Options{}, settings, "DIR/a.vec: no vectors (write lines such as: x86_64 openat(-100, 0, 2) = ALLOW)\n"},
		{"faults", Options{}, "arc x86_64\nx86_64 raed() = ALLOW\nx86_64 read() = ALOW\n", `DIR/a.vec:1:1: unknown setting "arc" (did you mean arch?)
DIR/a.vec:2:8: call "x86_64 raed()": unknown system call "raed" (did you mean read?)
DIR/a.vec:3:17: unknown action "ALOW" (did you mean ALLOW?)
`},
		{"no arch", Options{Profile: code}, "x86_64 read() = ALLOW\n", "DIR/a.vec: no setting arch: the outcome would depend on the machine (write one, such as: arch x86_64)\n"},
		{"no kernel", Options{}, "profile default\narch x86_64\nx86_64 read() = ALLOW\n", "DIR/a.vec: no setting kernel (write one, such as: kernel 6.1): default.json:"},
		{"no profile", Options{}, "arch x86_64\nx86_64 read() = ALLOW\n", "DIR/a.vec: no setting profile (write one, such as: profile web.json; or give Options a Profile)\n"},
		{"a dialect for a policy in Go", Options{Profile: code}, "dialect oci\narch x86_64\nx86_64 read() = ALLOW\n", "DIR/a.vec: setting dialect, and the test has a profile that has been read (delete the setting)\n"},
		{"a profile that is not there", Options{}, "profile none.json\narch x86_64\nx86_64 read() = ALLOW\n", "no such file"},
		{"a directory", Options{}, "profile .\narch x86_64\nx86_64 read() = ALLOW\n", "a directory where a file should be"},
		{"a faulty profile", Options{}, "profile a.vec\narch x86_64\nx86_64 read() = ALLOW\n", "DIR/a.vec:1:1: "},
		{"a profile of another kind", Options{}, "profile web.json\ndialect mesos\narch x86_64\nx86_64 read() = ALLOW\n", "DIR/web.json:"},
		{"a profile that nothing has made", Options{Profile: &profile.Profile{}}, "arch x86_64\nx86_64 read() = ALLOW\n", "profile"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := write(t, map[string]string{"a.vec": tt.vec, "web.json": web, "weaker.json": weaker})
			if strings.Contains(tt.vec, "PARENT") {
				dir = write(t, map[string]string{"a.vec": strings.ReplaceAll(tt.vec, "../PARENT", ".."+string(filepath.Separator)+filepath.Base(dir)), "web.json": web})
			}
			var cover profile.Coverage
			_, errs := tt.o.judge(filepath.Join(dir, "a.vec"), &cover)
			got := joined(dir, errs)
			if strings.HasSuffix(tt.want, "\n") || tt.want == "" {
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("judge of %q (-want +got)\n%s", tt.vec, diff)
				}
			} else if len(errs) != 1 || !strings.Contains(got, tt.want) {
				t.Errorf("judge of %q: %q, want one error with %q", tt.vec, got, tt.want)
			}
		})
	}
}

func TestFind(t *testing.T) {
	dir := write(t, map[string]string{"b.vec": "", "a.vec": "", "sub/deep/c.vec": "", "d.vecs": "", "e.txt": "", "sub.vec/f.vec": "", "none/README.md": ""})
	got, err := find(dir)
	want := []string{"a.vec", "b.vec", filepath.Join("sub", "deep", "c.vec"), filepath.Join("sub.vec", "f.vec")}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("find: %v (-want +got)\n%s", err, diff)
	}
	for name, want := range map[string]string{
		"none":  "DIR/none: no files that end in .vec: nothing would be tested",
		"a.vec": "DIR/a.vec: a file where a directory of .vec files should be",
	} {
		if got, err := find(filepath.Join(dir, name)); got != nil || err == nil || joined(dir, []error{err}) != want+"\n" {
			t.Errorf("find(%s) = %q, %v, want %s", name, got, err, want)
		}
	}
	for _, name := range []string{"", filepath.Join(dir, "missing")} {
		if got, err := find(name); got != nil || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("find(%q) = %q, %v, want %v", name, got, err, fs.ErrNotExist)
		}
	}
	// A link to a directory would hide its files; the directory of Run itself can be one.
	link := filepath.Join(dir, "none", "link")
	if err := os.Symlink("../sub", link); err != nil {
		t.Skip("no symbolic links:", err)
	}
	const hidden = "DIR/none/link: a link to a directory, which is not followed (call Run for that directory, and remove the link)\n"
	if got, err := find(dir); got != nil || err == nil || filepath.ToSlash(joined(dir, []error{err})) != hidden {
		t.Errorf("find with a link to a directory = %q, %v, want %s", got, err, hidden)
	}
	if got, err := find(link); err != nil || len(got) != 1 {
		t.Errorf("find of a link to a directory = %q, %v", got, err)
	}
}

// A recorder is a reporter that keeps what it is told, as go test prints it.
type recorder struct {
	said   strings.Builder
	failed bool
	parent *recorder
}

func (r *recorder) Helper()      {}
func (r *recorder) Failed() bool { return r.failed }

func (r *recorder) Log(args ...any) { r.say("", args) }

func (r *recorder) Error(args ...any) {
	r.failed = true
	r.say("error: ", args)
	if r.parent != nil {
		r.parent.failed = true
	}
}

func (r *recorder) say(what string, args []any) {
	if r.parent != nil {
		r.parent.say(what, args)
		return
	}
	r.said.WriteString(what + fmt.Sprint(args...) + "\n")
}

// record runs a directory, the files of it that leave does not name.
func record(o Options, dir, leave string) *recorder {
	r := &recorder{}
	o.run(r, dir, func(name string, f func(reporter)) {
		if name == leave {
			return
		}
		r.Log("run " + name)
		f(&recorder{parent: r})
	})
	return r
}

func TestRun(t *testing.T) {
	code, line := sandbox(t)
	const (
		some  = settings + "x86_64 read() = ALLOW\nx86_64 socket(1) = ALLOW\n"
		rest  = settings + "x86_64 socket(2) = ERRNO(1)\n"
		wrong = settings + "x86_64 read() = LOG\n"
	)
	const list = `parts that no vector touches, 2:
DIR/web.json:1:19: /defaultAction: no call gets the default action, ERRNO(1)
DIR/web.json:3:60: /syscalls/1/args/0: a0 == 1 is never false in "socket if a0 == 1 -> ALLOW"
`
	tests := []struct {
		name   string
		files  map[string]string
		o      Options
		leave  string
		want   string
		failed bool
	}{
		{"complete", map[string]string{"a.vec": some, "b.vec": rest}, Options{Complete: true}, "", "run a.vec\nrun b.vec\n", false},
		{"incomplete", map[string]string{"a.vec": some}, Options{}, "", "run a.vec\n" + list, false},
		{"incomplete, which is an error", map[string]string{"a.vec": some}, Options{Complete: true}, "", "run a.vec\nerror: " + list, true},
		{"a file is left out", map[string]string{"a.vec": some, "b.vec": rest}, Options{Complete: true}, "b.vec", "run a.vec\n1 of 2 files were run, so the parts that no vector touches are unknown\n", false},
		{"a failure", map[string]string{"a.vec": some, "b.vec": wrong}, Options{Complete: true}, "", "run a.vec\nrun b.vec\nerror: DIR/b.vec:3: x86_64 read() = ALLOW, want LOG; decided by DIR/web.json:2:12: read -> ALLOW\n", true},
		{"a policy in Go", map[string]string{"a.vec": some}, Options{Profile: code, Complete: true}, "", fmt.Sprintf(`run a.vec
error: parts that no vector touches, 2:
seccomptest_test.go:%d: no call gets the default action, ERRNO(1)
seccomptest_test.go:%d: a0 == AF_UNIX is never false in "socket if a0 == AF_UNIX -> ALLOW"
`, line, line+2), true},
		{"a note", map[string]string{"a.vec": "profile raed.json\narch x86_64\nx86_64 write() = ALLOW\nx86_64 chroot() = ERRNO(1)\n", "raed.json": `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["raed", "write", "getrandom"], "action": "SCMP_ACT_ALLOW"}]}`}, Options{}, "",
			"run a.vec\nDIR/raed.json:1:61: /syscalls/0/names/0: unknown system call \"raed\" (did you mean read?) is ignored\n", false},
		{"no vectors", map[string]string{"a.vec": settings}, Options{}, "", "run a.vec\nerror: DIR/a.vec: no vectors (write lines such as: x86_64 openat(-100, 0, 2) = ALLOW)\n", true},
		{"no files", map[string]string{"a.vecs": some}, Options{}, "", "error: DIR: no files that end in .vec: nothing would be tested\n", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.files["web.json"] = web
			dir := write(t, tt.files)
			r := record(tt.o, dir, tt.leave)
			got := strings.ReplaceAll(strings.ReplaceAll(r.said.String(), dir+string(filepath.Separator), "DIR/"), dir, "DIR")
			if diff := cmp.Diff(tt.want, got); diff != "" || r.failed != tt.failed {
				t.Errorf("Run failed is %t, want %t (-want +got)\n%s", r.failed, tt.failed, diff)
			}
		})
	}
}

func TestUntouched(t *testing.T) {
	var cover profile.Coverage
	if got := untouched(&cover); got != "" {
		t.Errorf("untouched of nothing: %s", got)
	}
	dir := write(t, map[string]string{"web.json": web, "a.vec": settings + "x86_64 socket(1) = ALLOW\n", "b.vec": settings + "x86_64 socket(2) = ERRNO(1)\nx86_64 read() = ALLOW\n"})
	want := `parts that no vector touches, 3:
DIR/web.json:1:19: /defaultAction: no call gets the default action, ERRNO(1)
DIR/web.json:2:1: /syscalls/0: no answer depends on "read, getrandom -> ALLOW"
DIR/web.json:3:60: /syscalls/1/args/0: a0 == 1 is never false in "socket if a0 == 1 -> ALLOW"
`
	for _, tt := range []struct{ file, want string }{{"a.vec", want}, {"b.vec", "\n"}} {
		if _, errs := (Options{}).judge(filepath.Join(dir, tt.file), &cover); errs != nil {
			t.Fatal(errs)
		}
		if diff := cmp.Diff(tt.want, joined(dir, []error{errors.New(untouched(&cover))})); diff != "" {
			t.Errorf("after %s (-want +got)\n%s", tt.file, diff)
		}
	}
}

func TestAnswer(t *testing.T) {
	code, line := sandbox(t)
	f, err := compile.Profile(code, profile.Target{Arch: arch.X86_64}, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	stack, err := compile.Split(f.Policy(), compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	Answer(t, f, "x86_64 socket(1, 1, 0)", policy.Allow)
	Answer(t, stack, syscalls.Call{Audit: arch.X86_64.Audit(), Nr: 41, Args: [6]uint64{2}}, policy.Errno(1))

	const unmade = "a filter without instructions (check the error of the function that returned it)"
	tests := []struct {
		filter Filter
		call   any
		action policy.Action
		want   string
	}{
		{f, "x86_64 read()", policy.Log, fmt.Sprintf("x86_64 read() = ALLOW, want LOG; decided by seccomptest_test.go:%d: read -> ALLOW", line+1)},
		{stack, syscalls.Call{Audit: arch.X86_64.Audit(), Nr: 41, Args: [6]uint64{2}}, policy.Allow, "x86_64 socket(2) = ERRNO(1), want ALLOW; decided by the default action"},
		{f, "x86_64 raed()", policy.Allow, `call "x86_64 raed()": unknown system call "raed" (did you mean read?)`},
		{nil, "x86_64 read()", policy.KillProcess, unmade},
		{(*compile.Filter)(nil), "x86_64 read()", policy.KillProcess, unmade},
		{&compile.Filter{}, "x86_64 read()", policy.KillProcess, unmade},
		{(*compile.Stack)(nil), "x86_64 read()", policy.KillProcess, unmade},
		{&compile.Stack{}, "x86_64 read()", policy.KillProcess, unmade},
	}
	for _, tt := range tests {
		if err := answer(tt.filter, tt.call, tt.action); err == nil || err.Error() != tt.want {
			t.Errorf("answer to %v: %v, want %s", tt.call, err, tt.want)
		}
	}
}

// TestVectors: the project's own vectors are run as an owner's are.
func TestVectors(t *testing.T) {
	Run(t, "../testdata/vectors", Options{AcceptWeaker: true})
}
