package selftest

import (
	"fmt"
	"runtime"
	"strconv"
	"testing"
)

// A recorder is a test that only notes what becomes of it.
type recorder struct {
	testing.TB
	failed, skipped bool
	log             string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatal(args ...any) {
	r.failed, r.log = true, fmt.Sprint(args...)
	runtime.Goexit()
}

func (r *recorder) Fatalf(format string, args ...any) { r.Fatal(fmt.Sprintf(format, args...)) }

func (r *recorder) Skip(args ...any) {
	r.skipped, r.log = true, fmt.Sprint(args...)
	runtime.Goexit()
}

func (r *recorder) Skipf(format string, args ...any) { r.Skip(fmt.Sprintf(format, args...)) }

func itoa(n int) string { return strconv.Itoa(n) }
