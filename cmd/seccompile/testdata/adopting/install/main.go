// Install starts a command under a filter that another program compiled.
package main

import (
	"encoding/json"
	"log"
	"os"
	"os/exec"

	"github.com/seccompile/seccompile/install"
)

func main() {
	install.Child()
	var in struct {
		Args    []string
		Program install.Program
	}
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		log.Fatal(err)
	}
	if _, err := install.Start(in.Program.Insns(), in.Program.Options(), exec.Command("env", in.Args...)); err != nil {
		log.Fatal(err)
	}
}
