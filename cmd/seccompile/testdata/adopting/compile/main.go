// Compile compiles the filter of a section, and starts a command under it.
package main

import (
	"encoding/json"
	"log"
	"os"
	"os/exec"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/profile"
)

func main() {
	install.Child()
	var in struct {
		Args    []string
		Section struct{ DefaultAction string }
	}
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		log.Fatal(err)
	}
	if err := start(in.Section, exec.Command("env", in.Args...)); err != nil {
		log.Fatal(err)
	}
}

func start(section any, cmd *exec.Cmd) error {
	target, err := profile.Host()
	if err != nil {
		return err
	}
	p, err := profile.FromStruct(section, profile.ParseOptions{})
	if err != nil {
		return err
	}
	f, err := compile.Profile(p, target, compile.Options{})
	if err != nil {
		return err
	}
	_, err = install.Start(f.Insns(), install.Options{Flags: f.Flags()}, cmd)
	return err
}
