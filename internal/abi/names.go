package abi

// A Release is a release of the kernel, such as 4.14. The zero value means unknown.
type Release struct{ Major, Minor uint16 }

// FirstFilters is the release that added SECCOMP_MODE_FILTER, and SeccompCall the one
// that added seccomp(2) (man page seccomp(2)).
var (
	FirstFilters = Release{3, 5}
	SeccompCall  = Release{3, 17}
)

// Actions are the actions of filters, the strictest first, with the names that profiles and
// the kernel give them and the release that added them
// (Documentation/userspace-api/seccomp_filter.rst and the man page seccomp(2)).
var Actions = [...]struct {
	SCMP  string
	Name  string // "" for another name of the action above
	Ret   uint32
	Data  bool // the low half says more: an errno, a message
	Since Release
}{
	{"SCMP_ACT_KILL_PROCESS", "KILL_PROCESS", RetKillProcess, false, Release{4, 14}},
	{"SCMP_ACT_KILL_THREAD", "KILL_THREAD", RetKillThread, false, FirstFilters},
	{"SCMP_ACT_KILL", "", RetKillThread, false, FirstFilters},
	{"SCMP_ACT_TRAP", "TRAP", RetTrap, false, FirstFilters},
	{"SCMP_ACT_ERRNO", "ERRNO", RetErrno, true, FirstFilters},
	{"SCMP_ACT_NOTIFY", "NOTIFY", RetUserNotif, false, Release{5, 0}},
	{"SCMP_ACT_TRACE", "TRACE", RetTrace, true, FirstFilters},
	{"SCMP_ACT_LOG", "LOG", RetLog, false, Release{4, 14}},
	{"SCMP_ACT_ALLOW", "ALLOW", RetAllow, false, FirstFilters},
}

// Flags are the flags of SECCOMP_SET_MODE_FILTER, with the release that added them (man
// page seccomp(2)), the oldest first. Profile says whether a profile can name the flag
// (runtime-spec, config-linux.md), and Policy whether a policy can have it: the others
// say how a filter is installed, not what it answers.
var Flags = [...]struct {
	Name    string
	Flag    uint
	Needs   uint // a flag without which the kernel refuses it
	Profile bool
	Policy  bool
	Since   Release
}{
	{"SECCOMP_FILTER_FLAG_TSYNC", FlagTSync, 0, true, false, SeccompCall},
	{"SECCOMP_FILTER_FLAG_LOG", FlagLog, 0, true, true, Release{4, 14}},
	{"SECCOMP_FILTER_FLAG_SPEC_ALLOW", FlagSpecAllow, 0, true, true, Release{4, 17}},
	{"SECCOMP_FILTER_FLAG_NEW_LISTENER", FlagNewListener, 0, false, true, Release{5, 0}},
	{"SECCOMP_FILTER_FLAG_TSYNC_ESRCH", FlagTSyncESRCH, 0, false, false, Release{5, 7}},
	{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", FlagWaitKillableRecv, FlagNewListener, true, true, Release{5, 19}},
}
