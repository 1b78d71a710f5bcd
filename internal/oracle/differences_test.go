package oracle

import (
	"regexp"
	"strings"

	"github.com/seccompile/seccompile/profile"
)

// A difference is a kind of case in which our answer is not a judge's, and why
// it is meant to be so. One of fault, theirs and cure says which cases.
type difference struct {
	judges  string // whose answer is another, as words
	example string // a text that shows it on some host

	fault profile.Code // we refuse what they take, with this
	says  string       // and with this in the error

	theirs string // they refuse what we take, with this in the error

	// cure takes away what the difference comes of, from the text or from the
	// judge, who has become the host. Then both answers are the same.
	cure func(h *hearing, text string) string

	why string
}

const both = "moby containers"

// differences are all that there are. Both judges hand values on as they are:
// most rows are what a runtime, libseccomp or the kernel refuses afterwards.
var differences = []difference{
	{judges: both, fault: profile.CodeEmpty, example: `{"syscalls": []}`,
		why: "neither default nor calls mean no seccomp to them: the container would run unconfined"},
	{judges: both, fault: profile.CodeMissing, says: "no defaultAction", example: `{"syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}`,
		why: "runtimes refuse an empty default action"},
	{judges: both, fault: profile.CodeMissing, says: "no action", example: `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"]}]}`,
		why: "runtimes refuse an empty action"},
	{judges: both, fault: profile.CodeMissing, says: "no op", example: `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0}]}]}`,
		why: "runtimes refuse an empty operator"},
	{judges: both, fault: profile.CodeMissing, says: "empty name", example: `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": [""], "action": "SCMP_ACT_ALLOW"}]}`,
		why: "runc refuses the empty name of a call"},
	{judges: both, fault: profile.CodeMissing, says: "no architecture", example: `{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [{"subArchitectures": ["SCMP_ARCH_X86"]}]}`,
		why: "an element of archMap for no host has been forgotten, not meant"},
	{judges: both, fault: profile.CodeType, says: "null where", example: `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": [null], "action": "SCMP_ACT_ALLOW"}]}`,
		why: "null is the empty value to encoding/json; in a list, or as an action, it is a mistake"},
	{judges: both, fault: profile.CodeDuplicateKey, example: `{"defaultAction": "SCMP_ACT_ERRNO", "defaultAction": "SCMP_ACT_ALLOW"}`,
		why: "encoding/json mixes the values of a key that comes twice, other decoders take one of them"},
	{judges: both, fault: profile.CodeUnknownAction, example: `{"defaultAction": "SCMP_ACT_ALOW"}`,
		why: "runtimes refuse an unknown action"},
	{judges: both, fault: profile.CodeUnknownOp, example: `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "op": "=="}]}]}`,
		why: "runtimes refuse an unknown operator"},
	{judges: both, fault: profile.CodeUnknownArch, example: `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_FOO"]}`,
		why: "runtimes refuse an unknown ABI; in a part of archMap for other hosts it is as wrong"},
	{judges: both, fault: profile.CodeUnknownFlag, example: `{"defaultAction": "SCMP_ACT_ERRNO", "flags": ["SECCOMP_FILTER_FLAG_LOUD"]}`,
		why: "runtimes refuse an unknown flag"},
	{judges: both, fault: profile.CodeArgIndex, example: `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 6, "op": "SCMP_CMP_EQ"}]}]}`,
		why: "libseccomp refuses a seventh argument"},
	{judges: both, fault: profile.CodeErrno, example: `{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 4096}`,
		why: "the kernel's errnos end at 4095, and runtimes cut off what is above 16 bits"},
	{judges: both, fault: profile.CodeNotifyDefault, example: `{"defaultAction": "SCMP_ACT_NOTIFY"}`,
		why: "runc refuses NOTIFY as the default: it would wait for itself"},
	{judges: both, fault: profile.CodeNotifyWrite, example: `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["write"], "action": "SCMP_ACT_NOTIFY"}]}`,
		why: "runc refuses NOTIFY on write: it would wait for itself"},
	{judges: both, fault: profile.CodeContradiction, example: `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
		{"names": ["mremap"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 1, "op": "SCMP_CMP_EQ"}]},
		{"names": ["mremap"], "action": "SCMP_ACT_TRAP", "args": [{"index": 1, "value": 1, "op": "SCMP_CMP_EQ"}]}]}`,
		why: "libseccomp refuses another action for the same condition"},
	{judges: both, fault: profile.CodeByteOrder, example: `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_S390X"]}`,
		why: "libseccomp refuses an ABI of the other byte order"},
	{judges: both, fault: profile.CodeWaitKillable, example: `{"defaultAction": "SCMP_ACT_ERRNO", "flags": ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]}`,
		why: "the kernel refuses WAIT_KILLABLE_RECV without NEW_LISTENER"},
	{judges: both, fault: profile.CodeKernelTooOld, example: `{"defaultAction": "SCMP_ACT_LOG"}`,
		why: "the kernel refuses actions and flags that came later"},

	{judges: "moby", cure: completed, example: `{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [{"architecture": "SCMP_ARCH_MIPS", "subArchitectures": ["SCMP_ARCH_MIPS64"]}],
		"syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": [""]}}]}`,
		why: "moby has no name for mips: archMap never counts there, and the empty name in a list of arches is that host. To us archMap says itself which ABI it is for, and no host is without a name"},

	{judges: "containers", fault: profile.CodeNameAndNames, example: `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"name": "read", "names": ["write"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_NOPE"]}}]}`,
		why: "containers-common overlooks name beside names in an entry that does not count; on another host it refuses it"},
	{judges: "containers", fault: profile.CodeUnknownErrno, example: `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ERRNO", "errno": "ENOPE", "includes": {"caps": ["CAP_NOPE"]}}]}`,
		why: "containers-common overlooks an unknown errno in an entry that does not count; on another host it refuses it"},
	{judges: "containers", theirs: "unknown errno EINTR", example: `{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "EINTR"}`,
		why: "containers-common has 82 errnos, we have the kernel's"},
	{judges: "containers", cure: completed, example: `{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [{"architecture": "SCMP_ARCH_S390X"}, {"architecture": "SCMP_ARCH_MIPSEL", "subArchitectures": ["SCMP_ARCH_MIPSEL64"]}]}`,
		why: "containers-common looks into archMap on seven kinds of hosts only; to us archMap says itself which ABI it is for"},
	{judges: "containers", cure: func(_ *hearing, text string) string {
		return noFlags.ReplaceAllString(text, `$1: ["SECCOMP_FILTER_FLAG_TSYNC"]`)
	}, example: `{"defaultAction": "SCMP_ACT_ERRNO", "flags": []}`,
		why: "containers-common makes no flags of an empty list of flags, and runtimes take that for SPEC_ALLOW. We take the empty list as moby does; with a flag that runtimes ignore, containers-common does so, too"},
}

var noFlags = regexp.MustCompile(`(?i)("flags"): \[\]`)

func completed(h *hearing, text string) string {
	h.complete()
	return text
}

func (d *difference) is(judge string) bool { return strings.Contains(d.judges, judge) }

// refuses reports whether the difference is about this fault.
func (d *difference) refuses(err *profile.Error) bool {
	return d.fault != "" && d.fault == err.Code && strings.Contains(err.Err.Error(), d.says)
}
