// Plain decodes JSON and starts a command, as the other programs here do.
package main

import (
	"encoding/json"
	"log"
	"os"
	"os/exec"
)

func main() {
	var args []string
	if err := json.NewDecoder(os.Stdin).Decode(&args); err != nil {
		log.Fatal(err)
	}
	if err := exec.Command("env", args...).Start(); err != nil {
		log.Fatal(err)
	}
}
