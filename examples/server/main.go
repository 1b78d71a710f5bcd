// Server serves the files of a directory by HTTP, and puts itself into a sandbox as soon as
// it listens: a request that takes it over can read the files that its user can read,
// answer, and end the server, and nothing else.
//
//	GOWORK=off CGO_ENABLED=0 go build . && ./server -addr localhost:8080 -dir /srv/www
package main

import (
	"flag"
	"log"
	"net"
	"net/http"
	"os"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

func main() {
	addr := flag.String("addr", "localhost:8080", "listen on this `ADDRESS`")
	dir := flag.String("dir", ".", "serve the files of this `DIR`ectory")
	flag.Parse()
	root, err := os.OpenRoot(*dir)
	if err != nil {
		log.Fatal(err)
	}
	l, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	if err := sandbox(); err != nil {
		log.Fatal(err)
	}
	log.Print("listening on ", l.Addr())
	log.Fatal(http.Serve(l, http.FileServerFS(root.FS())))
}

// sandbox limits all threads of this process to what the server does from now on. The
// signals of AllowGo are limited to this process.
func sandbox() error {
	p, err := profile.New(policy.Errno(uint16(unix.EPERM))).
		AllowGo().
		Errno("EPERM", "tgkill").If(profile.Arg(0).Not(os.Getpid())).
		Allow("accept4", "getsockname", "getpeername", "setsockopt", "shutdown").
		Allow("read", "write", "writev", "sendfile", "splice", "lseek", "close").
		Allow("fstat", "newfstatat", "getdents64", "readlinkat").
		Allow("openat").If(profile.Arg(2).Masked("O_ACCMODE|O_CREAT|O_TRUNC", "O_RDONLY")).
		Allow("fcntl").If(profile.Arg(1).Is("F_GETFL")).
		Profile()
	if err != nil {
		return err
	}
	target, err := profile.Host()
	if err != nil {
		return err
	}
	f, err := compile.Profile(p, target, compile.Options{})
	if err != nil {
		return err
	}
	_, err = install.Filter(f.Insns(), install.Options{Flags: f.Flags() | unix.SECCOMP_FILTER_FLAG_TSYNC})
	return err
}
