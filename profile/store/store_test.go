package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/choice"
	"github.com/seccompile/seccompile/profile/policy"
)

const (
	allow = `{"defaultAction": "SCMP_ACT_ALLOW", "archMap": [], "syscalls": []}`
	kill  = `{"defaultAction": "SCMP_ACT_KILL", "archMap": [], "syscalls": []}`
	bad   = "{\"defaultAction\": \"SCMP_ACT_ALOW\", \"archMap\": [],\n\"syscalls\": 5}"
)

// directory makes a directory of profiles with a secret beside it.
func directory(t *testing.T) string {
	t.Helper()
	top := t.TempDir()
	dir := filepath.Join(top, "profiles")
	for name, text := range map[string]string{
		"secret.json": allow, "profiles/allow.json": allow, "profiles/bad.json": bad, "profiles/team/kill.json": kill, "profiles/empty.json": "",
		"profiles/config.json": `{"ociVersion": "1.2.0", "linux": {"seccomp": ` + allow + `}}`,
	} {
		write(t, filepath.Join(top, name), text)
	}
	return dir
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func named(name string) choice.Choice {
	return choice.Choice{Kind: choice.Named, Name: name, Pos: policy.Pos{File: "app.json", Line: 7, Col: 24}, Path: "/seccomp"}
}

// answer returns what Profile says: the default action of the profile, or the
// error with dir for the directory.
func answer(t *testing.T, s *Store, c choice.Choice, dir string) string {
	t.Helper()
	p, err := s.Profile(c)
	if (p == nil) != (err != nil) {
		t.Fatalf("Profile(%v) = %v, %v", c, p, err)
	}
	if err != nil {
		return strings.ReplaceAll(err.Error(), dir, "DIR")
	}
	return p.Default().String()
}

func TestProfile(t *testing.T) {
	dir := directory(t)
	s := open(t, dir, Options{Default: "team/kill.json"})
	plain := open(t, dir, Options{})
	place := choice.Choice{Pos: policy.Pos{File: "app.json", Line: 7, Col: 24}, Path: "/seccomp"}
	of := func(k choice.Kind) choice.Choice { c := place; c.Kind = k; return c }
	const at = "app.json:7:24: /seccomp: "
	tests := []struct {
		s    *Store
		c    choice.Choice
		want string
	}{
		{s, choice.Choice{}, "KILL_THREAD"},
		{plain, choice.Choice{}, "no setting or default chooses a profile: no filter is to be installed"},
		{nil, choice.Choice{}, "no setting or default chooses a profile: no filter is to be installed"},
		{s, of(choice.Unconfined), at + "unconfined: no filter is to be installed"},
		{nil, of(choice.Unconfined), at + "unconfined: no filter is to be installed"},
		{s, of(choice.Builtin), "ERRNO(1)"},
		{nil, of(choice.Builtin), "ERRNO(1)"},
		{s, named("allow.json"), "ALLOW"},
		{plain, named("team/kill.json"), "KILL_THREAD"},
		{nil, named("allow.json"), at + `named "allow.json": there is no directory of profiles (give one)`},
		{s, choice.Choice{Kind: choice.File, Name: "p.json"}, `file "p.json": a store has named profiles (read the file and use profile.Parse)`},

		{s, choice.Choice{Name: "bad.json"}, `unsaid "bad.json": with a name (Named and File have one: set Kind, or delete Name)`},
		{nil, choice.Choice{Name: "bad.json"}, `unsaid "bad.json": with a name (Named and File have one: set Kind, or delete Name)`},
		{s, choice.Choice{Kind: 9}, "Kind(9): not a kind of choice (use a constant)"},

		{s, named("allow"), at + `named "allow": DIR/allow: no such file or directory (one of allow.json, bad.json, config.json, ...)`},
		{s, named("alow.json"), at + `named "alow.json": DIR/alow.json: no such file or directory (did you mean allow.json?)`},
		{s, named("kill.json"), at + `named "kill.json": DIR/kill.json: no such file or directory (did you mean team/kill.json?)`},
		{s, named("bad.json"), `DIR/bad.json:1:19: /defaultAction: unknown action "SCMP_ACT_ALOW" (did you mean SCMP_ACT_ALLOW?)
DIR/bad.json:2:13: /syscalls: a number where an array should be (write it in [ ])`},
		{s, named("empty.json"), "DIR/empty.json:1:1: /: the text is empty (is it the right file?)"},
		{s, named("team"), at + `named "team": DIR/team: a directory where a file should be`},
		{s, named("allow.json/x"), at + `named "allow.json/x": DIR/allow.json/x: not a directory`},
		{s, named(""), at + `named "": an empty name (write the name of a profile)`},
		{s, named("../secret.json"), at + `named "../secret.json": name "../secret.json" goes up (write it relative to the directory of the profiles, such as "web.json")`},
		{s, named("team/../../secret.json"), at + `named "team/../../secret.json": name "team/../../secret.json" goes up (write it relative to the directory of the profiles, such as "web.json")`},
		{s, named("/allow.json"), at + `named "/allow.json": name "/allow.json" is an absolute path (write it relative to the directory of the profiles, such as "web.json")`},
	}
	for _, tt := range tests {
		if runtime.GOOS != "linux" && strings.Contains(tt.want, "directory") {
			continue // the words of another system
		}
		if diff := cmp.Diff(tt.want, answer(t, tt.s, tt.c, dir)); diff != "" {
			t.Errorf("Profile(%v) (-want +got)\n%s", tt.c, diff)
		}
	}
}

// TestErrors: programs can tell the errors apart.
func TestErrors(t *testing.T) {
	s := open(t, directory(t), Options{})
	for _, tt := range []struct {
		c                           choice.Choice
		unconfined, missing, faulty bool
	}{
		{c: choice.Choice{}, unconfined: true},
		{c: choice.Choice{Kind: choice.Unconfined}, unconfined: true},
		{c: choice.Choice{Name: "allow.json"}},
		{c: choice.Choice{Kind: choice.Unconfined, Name: "allow.json"}},
		{c: named("none.json"), missing: true},
		{c: named("bad.json"), faulty: true},
		{c: named("team")},
		{c: choice.Choice{Kind: choice.File, Name: "allow.json"}},
	} {
		_, err := s.Profile(tt.c)
		var at *profile.Error
		if err == nil || errors.Is(err, ErrUnconfined) != tt.unconfined || errors.Is(err, fs.ErrNotExist) != tt.missing || errors.As(err, &at) != tt.faulty {
			t.Errorf("Profile(%v): %v", tt.c, err)
		}
	}
}

func TestOpen(t *testing.T) {
	dir := directory(t)
	for _, tt := range []struct{ name, want string }{
		{"none.json", `default profile "none.json": DIR/none.json: no such file or directory (one of allow.json, bad.json, config.json, ...)`},
		{"team", `default profile "team": DIR/team: a directory where a file should be`},
		{"../secret.json", `default profile "../secret.json": name "../secret.json" goes up (write it relative to the directory of the profiles, such as "web.json")`},
		{"bad.json", `DIR/bad.json:1:19: /defaultAction: unknown action "SCMP_ACT_ALOW" (did you mean SCMP_ACT_ALLOW?)
DIR/bad.json:2:13: /syscalls: a number where an array should be (write it in [ ])`},
	} {
		s, err := Open(dir, Options{Default: tt.name})
		if s != nil || err == nil {
			t.Fatalf("Open with default %s = %v, %v", tt.name, s, err)
		}
		if diff := cmp.Diff(tt.want, strings.ReplaceAll(err.Error(), dir, "DIR")); diff != "" && runtime.GOOS == "linux" {
			t.Errorf("Open with default %s (-want +got)\n%s", tt.name, diff)
		}
	}
	for _, dir := range []string{filepath.Join(dir, "none"), filepath.Join(dir, "allow.json"), ""} {
		if s, err := Open(dir, Options{}); s != nil || err == nil {
			t.Errorf("Open(%q) = %v, %v", dir, s, err)
		}
	}
	if _, err := Open(filepath.Join(dir, "none"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open of a directory that is not there: %v", err)
	}
}

// TestParseOptions: they hold for each profile, but for the name of its file.
func TestParseOptions(t *testing.T) {
	dir := directory(t)
	write(t, filepath.Join(dir, "note.json"), `{"defaultAction": "SCMP_ACT_ALLOW", "x": 1, "archMap": [], "syscalls": []}`)
	strict := open(t, dir, Options{Parse: profile.ParseOptions{Strict: true, File: "x.json"}})
	const want = `DIR/note.json:1:37: /x: unknown key "x" is ignored; refused because strict allows no notes`
	if diff := cmp.Diff(want, answer(t, strict, named("note.json"), dir)); diff != "" {
		t.Errorf("Profile with Strict (-want +got)\n%s", diff)
	}
	for d, want := range map[profile.Dialect]profile.Dialect{profile.Auto: profile.Mesos, profile.OCI: profile.OCI, profile.Docker: profile.Docker} {
		p, err := open(t, dir, Options{Default: "allow.json", Parse: profile.ParseOptions{Dialect: d}}).Profile(choice.Choice{})
		if err != nil || p.Dialect() != want || p.Pos().File != filepath.Join(dir, "allow.json") {
			t.Errorf("Profile with the dialect %v: %+v, %v, want %v", d, p, err, want)
		}
	}
	oci := open(t, dir, Options{Parse: profile.ParseOptions{Dialect: profile.OCI}})
	if got := answer(t, oci, named("config.json"), dir); got != "ALLOW" {
		t.Errorf("Profile of a config.json: %s", got)
	}
}

// TestChanges: what the directory has now counts.
func TestChanges(t *testing.T) {
	dir := directory(t)
	s := open(t, dir, Options{Default: "allow.json"})
	file := filepath.Join(dir, "allow.json")
	step := func(what string, c choice.Choice, want string) {
		t.Helper()
		if got := answer(t, s, c, dir); !strings.HasPrefix(got, want) {
			t.Errorf("%s: Profile(%v) says %s, want %s", what, c, got, want)
		}
	}
	added := named("added.json")
	step("before", added, `app.json:7:24: /seccomp: named "added.json": DIR`)
	write(t, filepath.Join(dir, "added.json"), kill)
	step("added", added, "KILL_THREAD")
	write(t, filepath.Join(dir, "added.json"), allow)
	step("changed", added, "ALLOW")
	if err := os.Remove(filepath.Join(dir, "added.json")); err != nil {
		t.Fatal(err)
	}
	step("removed", added, `app.json:7:24: /seccomp: named "added.json": DIR`)

	write(t, file, kill)
	step("default changed", choice.Choice{}, "KILL_THREAD")
	write(t, file, bad)
	step("default turned bad", choice.Choice{}, "DIR/allow.json:1:19: /defaultAction: unknown action")
	step("default turned bad", named("team/kill.json"), "KILL_THREAD")
	write(t, file, allow)
	step("default well again", choice.Choice{}, "ALLOW")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	step("default removed", choice.Choice{}, `default profile "allow.json": DIR`)

	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Profile(named("team/kill.json")); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Profile after Close: %v", err)
	}
}

func TestSize(t *testing.T) {
	dir := directory(t)
	s := open(t, dir, Options{})
	pad := func(n int) string { return allow + strings.Repeat(" ", n-len(allow)) }
	write(t, filepath.Join(dir, "full.json"), pad(profile.MaxText))
	write(t, filepath.Join(dir, "large.json"), pad(profile.MaxText+1))
	if got := answer(t, s, named("full.json"), dir); got != "ALLOW" {
		t.Errorf("Profile of %d bytes: %s", profile.MaxText, got)
	}
	want := `app.json:7:24: /seccomp: named "large.json": ` + filepath.Join("DIR", "large.json") + `: more than 8388608 bytes (is it the right file?)`
	if got := answer(t, s, named("large.json"), dir); got != want {
		t.Errorf("Profile of %d bytes: %s, want %s", profile.MaxText+1, got, want)
	}
}

// TestHint: a directory of very many files is not searched as a whole for a
// name that is near to one that is not there.
func TestHint(t *testing.T) {
	dir := t.TempDir()
	for i := range 1100 {
		write(t, filepath.Join(dir, fmt.Sprintf("%04d.json", i)), allow)
	}
	write(t, filepath.Join(dir, "web.json"), allow)
	s := open(t, dir, Options{})
	for name, want := range map[string]string{
		"100.json": "(did you mean 0100.json?)",
		"wbe.json": "(one of 0000.json, 0001.json, 0002.json, ...)",
	} {
		if got := answer(t, s, named(name), dir); !strings.HasSuffix(got, want) {
			t.Errorf("Profile(%s) says %s, want %s", name, got, want)
		}
	}
	if names, err := s.Names(); len(names) != 1101 || err != nil {
		t.Errorf("Names() = %d names, %v", len(names), err)
	}
}

func TestNil(t *testing.T) {
	var s *Store
	if names, err := s.Names(); names != nil || err != nil {
		t.Errorf("Names() of a nil Store = %v, %v", names, err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close() of a nil Store = %v", err)
	}
}
