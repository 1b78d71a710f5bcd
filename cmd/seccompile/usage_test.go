package main

import (
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/syscalls"
)

// TestHelp: help that was help for is output; on a mistake it stands behind
// what is wrong, as an error.
func TestHelp(t *testing.T) {
	top := seccompile("", "help")
	if top.Status != exitOK || top.Err != "" || top.Out == "" {
		t.Fatalf("help: %s", top)
	}
	for _, help := range []string{"-h", "-help", "--help"} {
		if diff := cmp.Diff(top, seccompile("", help)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", help, diff)
		}
	}
	for arg, want := range map[string]string{"nope": "seccompile: unknown verb \"nope\"\n", "-nope": "seccompile: unknown verb \"-nope\"\n", "": "seccompile: unknown verb \"\"\n"} {
		if diff := cmp.Diff(result{Err: want + top.Out, Status: exitUsage}, seccompile("", arg)); diff != "" {
			t.Errorf("verb %q (-want +got)\n%s", arg, diff)
		}
	}
}

func TestHelpOfVerbs(t *testing.T) {
	for _, v := range verbs() {
		t.Run(v.name, func(t *testing.T) {
			launches := v.name == "run" || v.name == "notify"
			if launches && runtime.GOOS != "linux" {
				t.Skipf("there is no %s on %s", v.name, runtime.GOOS)
			}
			wrong := exitUsage
			if launches {
				wrong = exitRun
			}
			help := seccompile("", v.name, "-h")
			first := strings.TrimSpace("usage: seccompile "+v.name+" "+v.usage) + "\n"
			if got, _, _ := strings.Cut(help.Out, "\n"); help.Status != exitOK || help.Err != "" || strings.TrimSpace(got)+"\n" != first {
				t.Errorf("%s -h: %s\nwant %s", v.name, help, first)
			}
			if diff := cmp.Diff(help, seccompile("", v.name, "--help")); diff != "" {
				t.Errorf("%s --help (-want +got)\n%s", v.name, diff)
			}
			for args, what := range map[string]string{
				"-nope":            "flag provided but not defined: -nope",
				"--nope=1":         "flag provided but not defined: -nope",
				"--strict=maybe":   `invalid boolean value "maybe" for -strict: parse error`,
				"--profile":        "flag needs an argument: -profile",
				"--arch":           "flag needs an argument: -arch",
				"--arch=x --nope=": "flag provided but not defined: -nope",
				"--arch=":          `invalid value "" for flag -arch: it is empty (leave the flag out for its default)`,
			} {
				flag, _, _ := strings.Cut(strings.TrimLeft(args, "-"), "=")
				if !strings.Contains(args, "nope") && !strings.Contains(help.Out, "\n  -"+flag) ||
					strings.HasPrefix(args, "--arch=") && !strings.Contains(help.Out, "\n  -arch") {
					continue // the verb does not have it
				}
				want := result{Err: "seccompile " + v.name + ": " + what + "\n" + help.Out, Status: wrong}
				if diff := cmp.Diff(want, seccompile("", append([]string{v.name}, strings.Fields(args)...)...)); diff != "" {
					t.Errorf("%s %s (-want +got)\n%s", v.name, args, diff)
				}
			}
		})
	}
}

func TestVersion(t *testing.T) {
	got := seccompile("", "version")
	if want := regexp.MustCompile(`^seccompile \S+\ncalls ` + regexp.QuoteMeta(syscalls.Source) + `\n$`); !want.MatchString(got.Out) || got.Err != "" || got.Status != exitOK {
		t.Errorf("version: %s\nwant %s", got, want)
	}
	if got := seccompile("", "version", "now"); got.Out != "" || !strings.HasPrefix(got.Err, `seccompile version: unexpected argument "now"`) || got.Status != exitUsage {
		t.Errorf("version now: %s", got)
	}
}
