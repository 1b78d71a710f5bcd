//go:build parent

package seccomp

import "github.com/opencontainers/runc/libcontainer/configs"

// Compile is called by runc when it has converted a config.json. Processes of the
// container, those of runc exec too, get the configuration with its program.
func Compile(c *configs.Seccomp) (_ *configs.Seccomp, err error) {
	c.Program, err = program(c)
	return c, err
}

// InitSeccomp compiles only for importers of libcontainer that convert by themselves.
func InitSeccomp(c *configs.Seccomp) (int, error) {
	if c == nil || c.Program == nil {
		return load(program(c))
	}
	return load(c.Program, nil)
}
