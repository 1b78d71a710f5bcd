package main

import (
	"log"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/examples/embedded/sandbox"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/profile"
)

// filter compiles the policy when the program starts.
func filter() *install.Program {
	target, err := profile.Host()
	if err != nil {
		log.Fatal(err)
	}
	p, err := sandbox.Policy()
	if err != nil {
		log.Fatal(err)
	}
	f, err := compile.Profile(p, target, compile.Options{})
	if err != nil {
		log.Fatal(err)
	}
	return install.NewProgram(f.Insns(), f.Flags())
}
