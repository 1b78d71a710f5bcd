// Gen writes the filters of the program in the current directory, for go generate.
package main

import (
	"log"

	"github.com/seccompile/seccompile/examples/embedded/sandbox"
)

func main() {
	files, err := sandbox.Files()
	if err == nil {
		err = files.Write(".")
	}
	if err != nil {
		log.Fatal(err)
	}
}
