// Caller is the process that package live starts, built for each GOARCH.
package main

import "github.com/seccompile/seccompile/internal/live"

func main() { live.Main() }
