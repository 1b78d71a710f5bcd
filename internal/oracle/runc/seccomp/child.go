//go:build !parent

package seccomp

import "github.com/opencontainers/runc/libcontainer/configs"

// InitSeccomp is called by the container's first process, which compiles.
func InitSeccomp(c *configs.Seccomp) (int, error) { return load(program(c)) }
