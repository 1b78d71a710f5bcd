package profile

import (
	"github.com/seccompile/seccompile/internal/jsonpos"
)

// oci is the dialect of linux.seccomp in a config.json of the OCI runtime
// specification, or of that section alone: no archMap, includes, excludes or name.
type oci struct{ docker }

func (oci) name() string { return "oci" }

func (oci) keys(at level) []string { return ociKeys[at] }

var ociKeys = [...][]string{
	levelTop:   {"defaultAction", "defaultErrnoRet", "architectures", "flags", "listenerPath", "listenerMetadata", "syscalls"},
	levelEntry: {"names", "action", "errnoRet", "args"},
	levelArg:   dockerKeys[levelArg],
	levelGuard: nil,
}

func (oci) path() []string { return []string{"linux", "seccomp"} }

func (oci) is(v *jsonpos.Value) bool {
	return v.Named("linux") != nil || v.Named("ociVersion") != nil && v.Named("defaultAction") == nil
}
