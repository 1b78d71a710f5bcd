package profile

import (
	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/calls"
	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/profile/policy"
)

// docker is Docker's dialect, which the others differ from.
type docker struct{}

func (docker) name() string { return "docker" }

func (docker) keys(at level) []string { return dockerKeys[at] }

var dockerKeys = [...][]string{
	levelTop:     {"defaultAction", "defaultErrnoRet", "architectures", "archMap", "flags", "listenerPath", "listenerMetadata", "syscalls"},
	levelArchMap: {"architecture", "subArchitectures"},
	levelEntry:   {"names", "name", "action", "errnoRet", "args", "comment", "includes", "excludes"},
	levelArg:     {"index", "value", "valueTwo", "op"},
	levelGuard:   {"caps", "arches", "minKernel"},
}

func (docker) host(a arch.Arch) string { return a.Docker() }

func (docker) path() []string         { return nil }
func (docker) is(*jsonpos.Value) bool { return false }
func (docker) noFlags() bool          { return false }
func (docker) emptyArchesNever() bool { return false }

func (docker) wraps(*reader, *jsonpos.Value) bool              { return true }
func (docker) object(*reader, level, *jsonpos.Value)           {}
func (docker) arch(arch.Arch) error                            { return nil }
func (docker) action(string) error                             { return nil }
func (docker) entry(*reader, *jsonpos.Value, *Profile, *entry) {}
func (docker) call(*reader, *jsonpos.Value, calls.ID)          {}
func (docker) cond(*reader, *jsonpos.Value, *entry, cond)      {}
func (docker) guard(*reader, *jsonpos.Value, *guard)           {}
func (docker) archMap(*resolver, *archMapItem) (more bool)     { return false }
func (docker) resolve(*resolver, *policy.Policy)               {}
func (docker) marshal(*Profile, *jsonProfile)                  {}
