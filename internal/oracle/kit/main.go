// Kit puts testdata/vectors through a container runtime and prints which reading of package
// profile each answer is that of:
//
//	cd internal/oracle && GOWORK=off go run ./kit -runtime runc
//
// A runtime is a command that has the subcommand run, with its global options; -runtime can
// be repeated. It needs Linux, root and gcc; programs.go has the ABIs. -json prints every answer. -page
// writes docs/conformance.md, and -export testdata/vectors.json, the artifact that holds
// the vectors for other programs. It fails if a runtime gives an answer that is neither
// that of a reading nor a known divergence.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/seccompile/seccompile/profile"
)

func main() {
	ifGuarded()
	var runtimes []string
	flag.Func("runtime", "the `command` of a runtime, with its global options", func(s string) error {
		runtimes = append(runtimes, s)
		return nil
	})
	asJSON := flag.Bool("json", false, "print the answers as JSON")
	page := flag.Bool("page", false, "write docs/conformance.md")
	export := flag.Bool("export", false, "write testdata/vectors.json")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "kit: unexpected argument %q (pass a runtime with -runtime, and its global options in the same word)\n", flag.Arg(0))
		os.Exit(1)
	}
	if err := run(runtimes, *asJSON, *page, *export); err != nil {
		fmt.Fprintln(os.Stderr, "kit:", err)
		os.Exit(1)
	}
}

func run(runtimes []string, asJSON, page, export bool) error {
	if len(runtimes) == 0 && !export {
		return fmt.Errorf("no runtime (name one: -runtime runc)")
	}
	if page && !(len(runtimes) == 2 && strings.HasPrefix(filepath.Base(runtimes[0]), "runc") && strings.HasPrefix(filepath.Base(runtimes[1]), "crun")) {
		return fmt.Errorf("the page compares two runtimes (-page -runtime runc -runtime crun)")
	}
	checkout, err := findCheckout()
	if err != nil {
		return err
	}
	a, err := newArtifact(checkout)
	if err != nil {
		return err
	}
	if export {
		text, err := a.encode()
		if err == nil {
			err = os.WriteFile(filepath.Join(checkout, "testdata", "vectors.json"), text, 0o644)
		}
		if err != nil || len(runtimes) == 0 {
			return err
		}
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("containers are for root")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	defer stop()
	dir, err := os.MkdirTemp("", "seccompile-kit-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	host, err := profile.Host()
	if err != nil {
		return err
	}
	p, err := buildProbe(dir, host.Arch)
	if err != nil {
		return err
	}
	var r report
	for _, name := range runtimes {
		k, err := newAsker(ctx, p, dir, name)
		if err != nil {
			return err
		}
		list, err := k.run(a.Groups)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		r.Runtimes = append(r.Runtimes, list)
	}
	switch {
	case asJSON:
		text, err := json.MarshalIndent(r.Runtimes, "", "\t")
		if err == nil {
			_, err = fmt.Printf("%s\n", text)
		}
		if err != nil {
			return err
		}
	case page:
		text, err := r.page()
		if err == nil {
			err = os.WriteFile(filepath.Join(checkout, "docs", "conformance.md"), text, 0o644)
		}
		if err != nil {
			return err
		}
	default:
		text, err := r.page()
		if err != nil {
			return err
		}
		_, tables, _ := strings.Cut(string(text), "<!-- tables -->\n")
		tables, _, _ = strings.Cut(tables, "<!-- end of tables -->")
		if _, err := fmt.Print(tables); err != nil {
			return err
		}
	}
	return r.unexplained()
}

// findCheckout returns the directory of the library's module, which has the vectors.
func findCheckout() (string, error) {
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/seccompile/seccompile")
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w (run it in internal/oracle)", cmd, err)
	}
	return strings.TrimSpace(string(out)), nil
}
