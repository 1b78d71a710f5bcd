// Caller is the process that package live starts, built for each GOARCH.
package main

import (
	"runtime"

	"github.com/seccompile/seccompile/internal/live"
)

// The first thread stays without filters: the kernel keeps it as a zombie if it is killed,
// and other threads do not see that it is gone.
func init() { runtime.LockOSThread() }

func main() { live.Main() }
