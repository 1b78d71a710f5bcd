package profile

import (
	"fmt"
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

// DockerCaps returns the 14 capabilities that Docker leaves a container by
// default (moby, daemon/pkg/oci/caps), in the order of their numbers.
func DockerCaps() []string {
	return []string{
		"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
		"CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SYS_CHROOT", "CAP_MKNOD", "CAP_AUDIT_WRITE",
		"CAP_SETFCAP",
	}
}

// ParseCaps reads a set of capabilities: "docker", "all", "none", or names
// separated by commas. An unknown name is an error.
func ParseCaps(s string) ([]string, error) {
	switch s {
	case "docker":
		return DockerCaps(), nil
	case "all":
		return AllCaps(), nil
	case "none":
		return nil, nil
	}
	caps := strings.Split(s, ",")
	for _, c := range caps {
		if !slices.Contains(capNames[:], c) {
			return nil, fmt.Errorf("unknown capability %q%s", c, capHint(c))
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
