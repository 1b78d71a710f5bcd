package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestShells: shells take their completion, and those that can be asked complete.
func TestShells(t *testing.T) {
	for args, want := range map[string]string{
		"completion":         "seccompile completion: want one shell (bash, zsh, fish, powershell)\n",
		"completion csh":     "seccompile completion: unknown shell \"csh\" (did you mean zsh?)\n",
		"completion bash sh": "seccompile completion: want one shell (bash, zsh, fish, powershell)\n",
	} {
		if got := seccompile("", strings.Fields(args)...); got.Err != want || got.Status != exitUsage {
			t.Errorf("%s: %s\nwant %s", args, got, want)
		}
	}
	for shell, ask := range map[string]struct{ file, script string }{
		"bash": {"seccompile", `printf '%s\n' 'seccompile() { if [[ $1 == __complete* ]]; then command seccompile "$@"; else echo "g""ot $*."; fi; }' \
			'. ./seccompile' $'seccompile compile --sta\t' | bash --norc --noprofile -i`}, // which has no package then
		"zsh": {"_seccompile", `zmodload zsh/zpty; zpty z zsh -f -i
			zpty -w z 'fpath=($PWD $fpath); autoload -U compinit; compinit -u -d ./dump'
			zpty -w z 'seccompile() { if [[ $1 == __complete* ]]; then command seccompile "$@"; else print -r -- "g""ot $*."; fi }'
			zpty -w z 'print rea""dy'; zpty -r z line '*ready*'
			zpty -w -n z $'seccompile compile --sta\t\n'; zpty -r z line '*got*.*'; print -r -- $line; zpty -d z`},
		"fish": {"seccompile.fish", `source ./seccompile.fish; complete -C "seccompile compile --sta"`},
	} {
		t.Run(shell, func(t *testing.T) {
			path, err := exec.LookPath(shell)
			if err != nil {
				t.Skip(err)
			}
			dir := filepath.Dir(build(t))
			t.Chdir(t.TempDir())
			writeText(t, ask.file, seccompile("", "completion", shell).Out)
			if err := os.Mkdir("subdir", 0o755); err != nil {
				t.Fatal(err)
			}
			for line, want := range map[string]string{
				"compile --sta": "--stats", "fmt --wri": "--write", "graph --form": "--format", "summary --prof": "--profile", "why --pi": "--pid",
				"eval --caps=pod": "--caps=podman", "eval --caps pod": "podman", "eval a=b:c --arch riscv": "riscv64",
				"fingerprint --seccomp-config-dir sub": "subdir",
			} {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				cmd := exec.CommandContext(ctx, path, "-c", strings.ReplaceAll(ask.script, "compile --sta", line))
				cmd.WaitDelay = time.Second
				cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "HOME=.")
				out, err := cmd.CombinedOutput()
				if err != nil || !strings.Contains(string(out), want) {
					t.Errorf("%s completes %s to %q, %v, want %s", shell, line, out, err, want)
				}
			}
		})
	}
	if got := seccompile("", "completion", "powershell"); !strings.Contains(got.Out, "Register-ArgumentCompleter") || got.Status != exitOK {
		t.Errorf("completion powershell: %s", got)
	}
}
