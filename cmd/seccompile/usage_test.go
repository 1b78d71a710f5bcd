package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// TestHelp: help that was requested for is output; on a mistake a line says where it is.
func TestHelp(t *testing.T) {
	top := seccompile("", "help")
	if top.Status != exitOK || top.Err != "" || top.Out == "" {
		t.Fatalf("help: %s", top)
	}
	fits(t, "help", top.Out)
	for _, help := range []string{"-h", "-help", "--help"} {
		if diff := cmp.Diff(top, seccompile("", help)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", help, diff)
		}
	}
	if diff := cmp.Diff(result{Err: top.Out, Status: exitUsage}, seccompile("")); diff != "" {
		t.Errorf("no verb (-want +got)\n%s", diff)
	}
	for arg, want := range map[string]string{
		"zzz":     "seccompile: unknown verb \"zzz\"\n\"seccompile help\" lists the verbs.\n",
		"":        "seccompile: unknown verb \"\"\n\"seccompile help\" lists the verbs.\n",
		"compiel": "seccompile: unknown verb \"compiel\" (did you mean compile?)\n\"seccompile help\" lists the verbs.\n",
		"-nope":   "seccompile: unknown flag --nope\n\"seccompile --help\" lists its flags.\n",
	} {
		if diff := cmp.Diff(result{Err: want, Status: exitUsage}, seccompile("", arg)); diff != "" {
			t.Errorf("verb %q (-want +got)\n%s", arg, diff)
		}
	}
	for args, want := range map[string]string{
		"help dif":       "seccompile help: no verb or topic \"dif\" (did you mean diff?)\n",
		"help diff eval": "seccompile help: unexpected argument \"eval\" (help takes one verb or topic)\n",
	} {
		if diff := cmp.Diff(result{Err: want, Status: exitUsage}, seccompile("", strings.Fields(args)...)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", args, diff)
		}
	}
}

// fits fails the test if help is larger than a terminal.
func fits(t *testing.T, name, help string) {
	t.Helper()
	if n := strings.Count(help, "\n"); n > 40 {
		t.Errorf("%s has %d lines, and a terminal 40", name, n)
	}
	for line := range strings.Lines(help) {
		if line = strings.TrimSuffix(line, "\n"); len(line) > width || strings.TrimRight(line, " ") != line {
			t.Errorf("%s has a line of %d columns: %q", name, len(line), line)
		}
	}
}

func TestHelpOfVerbs(t *testing.T) {
	for _, v := range verbs(stdio{}) {
		t.Run(v.name, func(t *testing.T) {
			wrong := exitUsage
			if v.launches {
				wrong = exitRun
			}
			help := seccompile("", v.name, "-h")
			if help.Status != exitOK || help.Err != "" || !strings.Contains(help.Out, "\nUsage:\n  seccompile "+v.name) || !strings.Contains(help.Out, "\nExamples:\n  seccompile "+v.name) {
				t.Errorf("%s -h: %s", v.name, help)
			}
			fits(t, v.name, help.Out)
			for _, args := range [][]string{{v.name, "--help"}, {v.name, "-help"}, {"help", v.name}} {
				if diff := cmp.Diff(help, seccompile("", args...)); diff != "" {
					t.Errorf("%q (-want +got)\n%s", args, diff)
				}
			}
			for _, g := range v.groups {
				_, flags, _ := strings.Cut(help.Out, "\n"+v.groups[0].title)
				g.VisitAll(func(f *pflag.Flag) {
					if n := len(regexp.MustCompile(`--`+f.Name+`[ \n,]`).FindAllString(flags, -1)); n != 1 {
						t.Errorf("%s -h has --%s %d times", v.name, f.Name, n)
					}
				})
			}
			for args, what := range map[string]string{
				"-nope":            "unknown flag --nope",
				"--nope=1":         "unknown flag --nope",
				"-q":               "unknown flag -q",
				"--strict=maybe":   `invalid value "maybe" for --strict: want true or false`,
				"--profile":        "--profile without a value (write --profile FILE)",
				"--profil x":       "unknown flag --profil (did you mean --profile?)",
				"--arch":           "--arch without a value (write --arch NAME)",
				"-o":               "-o without a value (write -o FILE)",
				"--arch=x --nope=": "unknown flag --nope",
				"--arch=":          `invalid value "" for --arch: it is empty (leave the flag out for its default)`,
				"--pid=init":       `invalid value "init" for --pid: want a number`,
			} {
				name := regexp.MustCompile(`^-+([a-z]+)`).FindStringSubmatch(args)[1]
				switch {
				case name == "profil" && v.flag("profile") == nil:
					continue
				case name != "profil" && name != "nope" && name != "q" && v.flag(name) == nil || strings.HasPrefix(args, "--arch=x") && v.flag("arch") == nil:
					continue // the verb does not have it
				}
				want := result{Err: "seccompile " + v.name + ": " + what + "\n\"seccompile " + v.name + " --help\" lists its flags.\n", Status: wrong}
				if diff := cmp.Diff(want, seccompile("", append([]string{v.name}, strings.Fields(args)...)...)); diff != "" {
					t.Errorf("%s %s (-want +got)\n%s", v.name, args, diff)
				}
			}
		})
	}
}

// TestTopics: a topic fits a terminal and has all flags of the groups that refer to
// it.
func TestTopics(t *testing.T) {
	requested := map[string]bool{}
	for _, v := range verbs(stdio{}) {
		for _, g := range v.groups {
			if g.topic == "" {
				continue
			}
			requested[g.topic] = true
			page := seccompile("", "help", g.topic)
			g.VisitAll(func(f *pflag.Flag) {
				if !strings.Contains(page.Out, "--"+f.Name) {
					t.Errorf("help %s lacks --%s of %s", g.topic, f.Name, v.name)
				}
			})
		}
	}
	if len(requested) < 2 {
		t.Errorf("topics %v", requested)
	}
	for _, topic := range topics {
		got := seccompile("", "help", topic.name)
		if got.Err != "" || got.Status != exitOK || got.Out == "" {
			t.Errorf("help %s: %s", topic.name, got)
		}
		fits(t, "help "+topic.name, got.Out)
	}
}

// TestExamples: the examples of the help have flags that there are.
func TestExamples(t *testing.T) {
	list := verbs(stdio{})
	var ignored int
	for _, v := range list {
		if len(v.examples) == 0 {
			t.Errorf("%s has no examples", v.name)
		}
		for _, e := range v.examples {
			e, _, _ = strings.Cut(e, " >")
			e, _, _ = strings.Cut(e, " | ")
			words := words(strings.ReplaceAll(e, "<", ""))
			if words[0] != v.name {
				t.Errorf("an example of %s: %s", v.name, e)
				continue
			}
			if err := v.command(&ignored).ParseFlags(v.spelled(words)[1:]); err != nil {
				t.Errorf("%s: %v", e, err)
			}
		}
	}
}

// TestSpellings: flags stand anywhere, with one dash or two.
func TestSpellings(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "p.json", allowAll)
	writeText(t, "v.txt", "x86_64 getpid()\n")
	want := seccompile("", "eval", "--arch", "x86_64", "--kernel", "6.1", "--verbose", "--profile", "p.json", "v.txt")
	if want.Out == "" || want.Status != exitOK {
		t.Fatalf("eval: %s", want)
	}
	for _, args := range []string{
		"eval -arch x86_64 -kernel=6.1 -v -profile p.json v.txt",
		"eval v.txt --arch=x86_64 --kernel=6.1 --v --profile=p.json",
		"eval --arch x86_64 v.txt -profile p.json -kernel 6.1 -verbose",
		"eval -arch=x86_64 -v=true -kernel 6.1 -profile p.json -- v.txt",
	} {
		if diff := cmp.Diff(want, seccompile("", strings.Fields(args)...)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", args, diff)
		}
	}
	for _, output := range []string{"-o out", "--o out", "-o=out", "--o=out", "--output out", "-output=out"} {
		args := "compile --arch x86_64 --kernel 6.1 --profile p.json --format list " + output
		if got := seccompile("", strings.Fields(args)...); got != (result{}) {
			t.Errorf("%s: %s", args, got)
		}
		if got := here(t)["out"]; !strings.Contains(got, "ALLOW") {
			t.Errorf("%s writes %q", args, got)
		}
		writeText(t, "out", "")
	}
	// A value may look like a flag, and what follows -- or a command is not one.
	for args, want := range map[string]string{
		"calls -1":               "seccompile calls: unknown flag -1 (a negative number follows --, as in -- -1)\n\"seccompile calls --help\" lists its flags.\n",
		"calls -38":              "seccompile calls: unknown flag -38 (a negative number follows --, as in -- -38)\n\"seccompile calls --help\" lists its flags.\n",
		"compile --caps -strict": `seccompile compile: unknown capability "-strict"`,
		"diff -- -strict --json": "seccompile diff: open -strict:",
	} {
		if got := seccompile("", strings.Fields(args)...); !strings.HasPrefix(got.Err, want) || got.Status != exitUsage {
			t.Errorf("%s: %s\nwant %s", args, got, want)
		}
	}
	for _, args := range []string{"run -nope=1 sh -nope -v", "run -caps all sh -nope -v", "run -caps=all -- -nope", "notify -v sh -nope"} {
		words := strings.Fields(args)
		want := slices.Clone(words)
		want[1] = "-" + want[1]
		if want[1] == "--v" {
			want[1] = "-v"
		}
		if diff := cmp.Diff(want, find(verbs(stdio{}), words[0]).spelled(words)); diff != "" {
			t.Errorf("spelled(%s) (-want +got)\n%s", args, diff)
		}
	}
}

func TestHint(t *testing.T) {
	candidates := []string{"compile", "completion", "diff", "seccomp", "no-new-privileges"}
	for name, want := range map[string]string{
		"compile": "compile", "compiel": "compile", "cmpile": "compile", "complie": "compile", "complation": "completion",
		"dif": "diff", "ddiff": "diff", "diffxx": "diff", "df": "", "xxxx": "", "": "", "secomp": "seccomp", "no-new-privileges ": "no-new-privileges",
		strings.Repeat("diff", 50): "",
	} {
		if want != "" {
			want = " (did you mean " + want + "?)"
		}
		if got := hint(name, slices.Values(candidates)); got != want {
			t.Errorf("hint(%q) = %q, want %q", name, got, want)
		}
	}
	if got := hintOr("zzz", slices.Values(candidates), "a, b"); got != " (one of a, b)" {
		t.Errorf("hintOr = %q", got)
	}
}

func TestVersion(t *testing.T) {
	got := seccompile("", "version")
	if want := regexp.MustCompile(`^seccompile \S+\ncalls ` + regexp.QuoteMeta(syscalls.Source) + `\n$`); !want.MatchString(got.Out) || got.Err != "" || got.Status != exitOK {
		t.Errorf("version: %s\nwant %s", got, want)
	}
	for _, flag := range []string{"--version", "-version"} {
		if diff := cmp.Diff(got, seccompile("", flag)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", flag, diff)
		}
	}
	if got := seccompile("", "version", "now"); got.Out != "" || !strings.HasPrefix(got.Err, `seccompile version: unexpected argument "now"`) || got.Status != exitUsage {
		t.Errorf("version now: %s", got)
	}
}

// TestHelpClose: the help of harden says what each bypass closes, and it is so.
func TestHelpClose(t *testing.T) {
	t.Chdir(t.TempDir())
	help := strings.Join(strings.Fields(seccompile("", "help", "harden").Out), " ")
	closes := func(list, call, refused string) bool {
		writeText(t, "p.json", `{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], "syscalls": [{"names": ["`+refused+`"], "action": "SCMP_ACT_ERRNO"}]}`)
		got := seccompile("", "harden", "--arch", "x86_64", "--close", list, "-o", "hard.json", "p.json")
		if got.Status != exitOK {
			t.Fatal(got)
		}
		return slices.Contains(strings.FieldsFunc(got.Err, func(r rune) bool { return strings.ContainsRune(" :,\n", r) }), call)
	}
	for list, pairs := range map[string][][2]string{"clone3": {{"clone3", "clone"}}, "socketcall": {{"socketcall", "bind"}}, "newer": nil} {
		if list == "newer" {
			for _, m := range regexp.MustCompile(`(\w+) like (\w+)`).FindAllStringSubmatch(help, -1) {
				pairs = append(pairs, [2]string{m[1], m[2]})
			}
		}
		if len(pairs) == 0 {
			t.Errorf("no example for %s", list)
		}
		for _, p := range pairs {
			if !closes(list, p[0], p[1]) {
				t.Errorf("--close %s does not refuse %s like %s", list, p[0], p[1])
			}
		}
	}
	for b := profile.Bypass(0); !strings.HasPrefix(b.String(), "Bypass("); b++ {
		if !strings.Contains(help, " "+b.String()+": ") {
			t.Errorf("help harden does not say what --close %s does", b)
		}
	}
}
