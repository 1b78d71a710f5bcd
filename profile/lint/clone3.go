package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

var clone3Errno = check{Rule{
	Code: "clone3-errno", Severity: Warning,
	Title: "clone3 is refused with an errno other than ENOSYS",
	Why: "From 2.34 on, glibc creates threads and processes with clone3, and falls back to clone only on ENOSYS. With EPERM, pthread_create and " +
		"posix_spawn fail.",
	Sources: []string{github("moby/moby", "42680"), github("containers/podman", "11862"), github("elastic/apm-server", "6238")},
}, func(a *audit) error {
	a.addEach(Warning, "clone3", a.hard("clone3", "clone"), func(list []Subject) Finding {
		return Finding{
			Text: fmt.Sprintf("clone3 gets %s and clone passes, but glibc falls back to clone only on ENOSYS", actionsOf(a, list)),
			Fix:  "answer ENOSYS to clone3",
		}
	})
	return nil
}}

var noFallback = check{Rule{
	Code: "no-fallback", Severity: Warning,
	Title: "calls are refused with an errno on which programs do not fall back to older calls",
	Why: "C libraries try new calls first, and older ones only on ENOSYS. With EPERM, access, chmod, stat and clocks fail, most often after an update " +
		"of the container's image.",
	Sources: []string{github("opencontainers/runc", "2151"), github("moby/moby", "40734"), github("docker/docker-ce-packaging", "1007"), github("systemd/systemd", "30250")},
}, func(a *audit) error {
	var often, seldom []Subject
	for name := range syscalls.Names() {
		if name == "clone3" || !profile.FallsBack(name) {
			continue
		}
		for _, x := range a.hard(name, olderOf[name]...) {
			if x.Arch == a.native && (name == "faccessat2" || name == "fchmodat2" || name == "statx" || strings.HasSuffix(name, "time64")) {
				often = append(often, x)
			} else {
				seldom = append(seldom, x)
			}
		}
	}
	word := func(list []Subject) Finding {
		return Finding{
			Text: fmt.Sprintf("%s %s %s, but C libraries fall back to older calls only on ENOSYS", some(calls(list)), verb(list, "get"), actionsOf(a, list)),
			Fix:  "answer ENOSYS, or allow what is refused",
		}
	}
	a.addEach(Warning, "", often, word)
	a.addEach(Info, "", seldom, word)
	return nil
}}

// olderOf has the calls that programs make where a newer one gets ENOSYS; of others it is the
// name without _time64 or 64.
var olderOf = map[string][]string{
	"faccessat2": {"faccessat"}, "fchmodat2": {"fchmodat"}, "statx": {"newfstatat", "fstatat64", "fstat64", "stat64"}, "openat2": {"openat"},
	"renameat2": {"renameat"}, "preadv2": {"preadv"}, "pwritev2": {"pwritev"}, "epoll_pwait2": {"epoll_pwait", "epoll_wait"},
	"pidfd_send_signal": {"kill"}, "fsopen": {"mount"}, "move_mount": {"mount"},
	"mount_setattr": {"mount"}, "open_tree": {"mount"},
}

// hard returns where a call is refused with anything but ENOSYS though an older one passes.
func (a *audit) hard(name string, older ...string) (list []Subject) {
	for _, abi := range a.answers.arches {
		if !a.answers.all(abi, name, refusing) || a.answers.softly(abi, name) {
			continue
		}
		if old := strings.TrimSuffix(strings.TrimSuffix(name, "64"), "_time"); old != name {
			older = []string{old}
		}
		for _, old := range older {
			if _, ok := a.answers.passes(abi, old); ok {
				s, _ := a.answers.subject(abi, name, func(policy.Action) bool { return true })
				list = append(list, s)
				break
			}
		}
	}
	return list
}

// actionsOf returns what subjects get, each action once.
func actionsOf(a *audit, list []Subject) string {
	var names []string
	for _, s := range list {
		for _, y := range a.answers.of[call{s.Arch, s.Call}] {
			if name := actionText(y.Action, s.Arch); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return strings.Join(names, " or ")
}
