//go:build !parent

package seccomp

import "github.com/opencontainers/runc/libcontainer/configs"

// InitSeccomp compiles and installs a filter. It returns the listener, or -1.
func InitSeccomp(c *configs.Seccomp) (int, error) { return load(program(c)) }
