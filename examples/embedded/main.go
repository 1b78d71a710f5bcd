// Embedded decompresses standard input under a filter that was compiled when the program
// was built:
//
//	GOWORK=off CGO_ENABLED=0 go build . && ./embedded < file.gz > file
//
// Even if a crafted input takes over the decompressor, the process can only read, write,
// end, and signal processes of its user: the Go runtime needs tgkill, and a filter that is
// compiled before the process exists cannot limit it to that process. The program contains
// the instructions of the filter and no compiler. It does not build for an ABI that has no
// filter.
package main

import (
	"compress/gzip"
	"io"
	"log"
	"os"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
)

//go:generate go run ./gen

func main() {
	p := filter()
	o := p.Options()
	o.Flags |= unix.SECCOMP_FILTER_FLAG_TSYNC // all threads of the process
	if _, err := install.Filter(p.Insns(), o); err != nil {
		log.Fatal(err)
	}
	z, err := gzip.NewReader(os.Stdin)
	if err == nil {
		_, err = io.Copy(os.Stdout, z)
	}
	if err != nil {
		log.Fatal(err)
	}
}
