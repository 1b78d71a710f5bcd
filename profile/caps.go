package profile

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/internal/spell"
)

// capNames are the capabilities in the order of their numbers
// (include/uapi/linux/capability.h).
var capNames = [...]string{
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
	"CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN",
	"CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE",
	"CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
	"CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
}

// AllCaps returns the names of all capabilities, in the order of their numbers.
func AllCaps() []string { return slices.Clone(capNames[:]) }

// boundingSets are the capabilities that engines leave a container by default, in the
// order of their numbers.
var boundingSets = [...]struct {
	name string
	caps []string
}{
	// moby, daemon/pkg/oci/caps, defaultCapabilities
	{"docker", dockerCaps},
	// containerd, pkg/oci/spec.go, defaultUnixCaps
	{"containerd", dockerCaps},
	// containers/common, pkg/config/default.go, DefaultCapabilities
	{"podman", []string{
		"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP",
		"CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_SETFCAP",
	}},
	// cri-o, internal/config/capabilities, Default
	{"cri-o", []string{
		"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP",
		"CAP_NET_BIND_SERVICE",
	}},
	{"all", capNames[:]},
	{"none", nil},
}

var dockerCaps = []string{
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
	"CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SYS_CHROOT", "CAP_MKNOD", "CAP_AUDIT_WRITE",
	"CAP_SETFCAP",
}

// DockerCaps returns the 14 capabilities that a container has by default in Docker, in
// the order of their numbers.
func DockerCaps() []string { return slices.Clone(dockerCaps) }

// BoundingSets returns an iterator over the names of capability sets that [ParseCaps]
// accepts.
func BoundingSets() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, s := range boundingSets {
			if !yield(s.name) {
				return
			}
		}
	}
}

// ParseCaps parses a set of capabilities: one of [BoundingSets], such as "docker" or
// "none", or names of capabilities separated by commas. An unknown name is an error.
func ParseCaps(s string) ([]string, error) {
	for _, set := range boundingSets {
		if set.name == s {
			return slices.Clone(set.caps), nil
		}
	}
	caps := strings.Split(s, ",")
	for _, c := range caps {
		if !slices.Contains(capNames[:], c) {
			hint := capHint(c)
			if hint == "" {
				hint = spell.Hint(c, BoundingSets())
			}
			return nil, fmt.Errorf("unknown capability %q%s", c, hint)
		}
	}
	return caps, nil
}

// capHint suggests a capability for a misspelt name, or for one without CAP_ or
// in small letters.
func capHint(name string) string {
	if full := "CAP_" + strings.TrimPrefix(strings.ToUpper(name), "CAP_"); full != name && slices.Contains(capNames[:], full) {
		return " (did you mean " + full + "?)"
	}
	return spell.Hint(name, slices.Values(capNames[:]))
}
