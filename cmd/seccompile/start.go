//go:build !playground || !js

package main

import (
	"os"

	"github.com/seccompile/seccompile/install"
)

// The page has a main of its own, in playground_js.go.
func main() {
	install.Child() // where notify has started this program, to become a command
	os.Exit(dispatch(os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr}))
}
