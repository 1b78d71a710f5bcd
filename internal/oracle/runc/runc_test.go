package main

import (
	"flag"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

var dirFlag = flag.String("dir", "", "the `directory` for what is built; without it, one that is removed")

var built = sync.OnceValues(func() ([]variant, error) { return build(*dirFlag, "") })

func TestMain(m *testing.M) {
	ifJailed()
	flag.Parse()
	remove := func() error { return nil }
	var err error
	if *dirFlag == "" {
		*dirFlag, remove, err = temporary()
	} else {
		go endAt(signals(), func() error { return nil })
		*dirFlag, err = absolute(*dirFlag)
	}
	if err != nil {
		panic(err)
	}
	code := m.Run()
	remove()
	os.Exit(code)
}

// variants returns the runcs, libseccomp's first. It skips a test where there can be none.
func variants(t *testing.T) []variant {
	t.Helper()
	if why := os.Getenv("SECCOMPILE_NO_LIVE"); why != "" {
		t.Skip(why)
	}
	if os.Geteuid() != 0 {
		t.Skip("containers and the filters of processes are for root")
	}
	list, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// bundle writes the bundle of a container that executes args under a section.
func bundle(t *testing.T, dir, rootfs, section string, args ...string) {
	t.Helper()
	if err := writeBundle(dir, rootfs, []byte(section), "", nil, args...); err != nil {
		t.Fatal(err)
	}
}

// rootfs returns a directory with busybox.
func rootfs(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "root")
	if err := writeRoot(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}
