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

// ParseCaps parses capabilities and sets of them, separated by commas: names such as
// "CAP_SYS_ADMIN", and [BoundingSets] such as "docker", which is the default of Docker's
// containers, "all" or "none". It returns the names of the capabilities in the order of
// their numbers, each once. An unknown name is an error. [CapNumbers] returns the numbers.
func ParseCaps(s string) ([]string, error) {
	var in [len(capNames)]bool
	for item := range strings.SplitSeq(s, ",") {
		list, err := capsOf(item)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			in[slices.Index(capNames[:], c)] = true
		}
	}
	var caps []string
	for nr, c := range capNames {
		if in[nr] {
			caps = append(caps, c)
		}
	}
	return caps, nil
}

// capsOf returns the capabilities of a set, or the one of that name.
func capsOf(name string) ([]string, error) {
	for _, set := range boundingSets {
		if set.name == name {
			return set.caps, nil
		}
	}
	if knownCap(name) {
		return []string{name}, nil
	}
	hint := capHint(name)
	if hint == "" {
		hint = spell.Hint(name, BoundingSets())
	}
	return nil, fmt.Errorf("unknown capability %q%s", name, hint)
}

// CapNumbers returns the numbers of capabilities (include/uapi/linux/capability.h), for
// install.Options.Bounding. It takes the names that Target.Caps takes. An unknown name
// is an error. The result is not nil, even without names: a nil Bounding would leave
// all capabilities.
func CapNumbers(names []string) ([]uintptr, error) {
	numbers := make([]uintptr, 0, len(names))
	for _, name := range names {
		nr := slices.Index(capNames[:], name)
		if nr < 0 {
			return nil, fmt.Errorf("unknown capability %q%s", name, capHint(name))
		}
		if !slices.Contains(numbers, uintptr(nr)) {
			numbers = append(numbers, uintptr(nr))
		}
	}
	return numbers, nil
}

// knownCap reports whether a name is one of a capability.
func knownCap(name string) bool { return slices.Contains(capNames[:], name) }

// capHint suggests a capability for a misspelt name, or for one without CAP_ or
// in small letters.
func capHint(name string) string {
	if full := "CAP_" + strings.TrimPrefix(strings.ToUpper(name), "CAP_"); full != name && knownCap(full) {
		return " (did you mean " + full + "?)"
	}
	return spell.Hint(name, slices.Values(capNames[:]))
}
