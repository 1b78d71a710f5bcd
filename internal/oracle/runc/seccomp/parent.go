//go:build parent

package seccomp

import "github.com/opencontainers/runc/libcontainer/configs"

// Compile adds the program to a configuration, which runc sends to the processes of the
// container.
func Compile(c *configs.Seccomp) (_ *configs.Seccomp, err error) {
	c.Program, err = program(c)
	return c, err
}

// InitSeccomp installs the program of a configuration. It returns the listener, or -1.
// Programs that import libcontainer may not have called Compile.
func InitSeccomp(c *configs.Seccomp) (int, error) {
	if c == nil || c.Program == nil {
		return load(program(c))
	}
	return load(c.Program, nil)
}
