// Package profile parses seccomp profiles and defines their meaning.
//
//	p, err := profile.Parse(text, profile.ParseOptions{File: "web.json"})
//	target, err := profile.Host()
//	target.Caps = container.BoundingSet
//	res, err := p.Resolve(target)
//	action, rule := res.Decide(call)
//
// A program can also build its profile in Go. The result is the same kind of
// profile, and all of this documentation applies to it:
//
//	p, err := profile.New(policy.Errno(1)).
//		Allow("read", "write", "exit_group").
//		Allow("openat").If(profile.Arg(2).Masked("O_ACCMODE|O_CREAT|O_TRUNC", "O_RDONLY")).
//		Profile()
//
// A runtime that has a specs.LinuxSeccomp calls [FromStruct].
//
// A profile has three forms:
//
//   - The source is Go code (see [Builder]), a Go value (see [FromStruct]) or a text.
//     The text is JSON in one of several dialects: Docker's, containers/common's,
//     Mesos', the linux.seccomp section of an OCI config.json, or a SeccompProfile
//     resource of Kubernetes' security-profiles-operator. See [Dialect].
//   - A [Profile] is the source as written, with the position of each part.
//   - A [policy.Policy] is the meaning of the profile for one [Target]: the numbers of
//     calls on each ABI. It does not depend on the host. Of the text it keeps only names
//     and positions, for display. [Profile.Resolve] returns it in a [Resolution],
//     together with notes.
//
// [Host] is the only function that reads the machine. A Profile marshals to JSON in the
// canonical form of its dialect. A Resolution marshals to the section of an OCI
// config.json that an engine passes to a runtime.
//
// Package choice reads the settings by which containers request a profile. Package store
// finds the requested profile.
//
// # Faults and notes
//
// [Parse] and [Profile.Resolve] return all faults that they find, joined. Each fault is
// an [*Error] with file, line, column and JSON Pointer.
//
// A [Note] is anything else that the author should know, such as a part that was skipped
// or that has two readings. Its [Effect] says whether the policy refuses calls that the
// text allows, or allows calls that the text refuses. If the policy is weaker than the
// text, the note becomes an error that wraps [ErrRefused], unless Target.AcceptWeaker is
// set. If ParseOptions.Strict is set, every note becomes an error, except harmless ones.
// A note is harmless if it comes from the Target and no answer changes.
//
// # The meaning of a profile
//
// The following laws define the meaning of a profile. Docker, OCI runtimes and libseccomp
// agree on most of it. Where runc with libseccomp does something other than the text
// says, there are two readings. [CompatKernel], the zero value, follows the text; if the
// text has two meanings, the stricter counts. [CompatRunc] follows runc. The mark † shows
// where the readings differ.
//
// An action is permissive if the kernel ranks it after the default action; else it is
// strict. Data are ignored, so an action equal to the default is strict.
//
//  1. ABIs. The Target's ABI is always in the filter. Other ABIs come from its first
//     archMap entry, or from architectures. An ABI that no kernel of the Target's ABI
//     can run is left out, with a note. An ABI of the other byte order is an error.
//     Calls of all other ABIs get BadArch, which is KILL_THREAD unless the Target says
//     otherwise. If BadArch lets calls pass, a weaker note says so. If the filter has
//     x86_64 but not x32, numbers from 0x40000000 on also get BadArch, except -1.
//
//     † A 64-bit MIPS kernel chooses the ABI by the number: numbers from 4000, 5000 and
//     6000 on belong to o32, n64 and n32, for every audit value. If that ABI is not in
//     the filter, they get BadArch. When a process of one ABI makes a call by another
//     ABI's number, the filter does not see the arguments as the kernel reads them. Any
//     condition may then hold or not, and the strictest answer counts. CompatRunc uses
//     the audit value alone.
//
//     † On kernels before 5.4, some numbers of x86_64 and x32 reach calls of the other
//     ABI. They get BadArch if they would otherwise pass.
//
//  2. Guards. An entry is dropped if any of its excludes holds. It is also dropped
//     unless all of its includes hold. A list of arches holds if it contains Docker's
//     name for the Target's ABI. An exclude of caps holds if the Target has one of them;
//     an include of caps holds if the Target has all of them. minKernel holds from that
//     kernel on, and an entry with minKernel requires a Target with a kernel.
//
//     Unknown names of capabilities and arches never match, and are noted. An unknown
//     SCMP_ARCH_ name is always an error.
//
//  3. The default. A rule whose action is the default action, with the same errno, is
//     ignored and noted. It is kept if the call would otherwise answer ENOSYS (law 10).
//
//     † CompatKernel also keeps it if the call has rules with other actions.
//
//  4. Names. Names match exactly. A name that only other ABIs have is skipped on this
//     one, so that a profile can serve several ABIs. A name that no ABI has is noted. The
//     note is weaker if the rule is strict, or if the rule is stricter than other rules.
//
//  5. Unconditional rules. A rule is unconditional if it is written without args. A
//     condition that always holds does not make a rule unconditional.
//
//     † CompatRunc leaves out masked conditions whose mask is 0 in the bits that are
//     compared (law 8). A rule of these alone is unconditional.
//
//     † An unconditional rule does not take precedence over others. CompatRunc: the
//     first unconditional rule of a call counts, and the others do not.
//
//  6. Precedence. † Of all rules that match a call, the strictest decides, whether it
//     has conditions or not. Of equally strict rules, the first written decides.
//
//     CompatRunc: an unconditional rule takes precedence over all others. Conditional
//     rules take precedence in the order in which libseccomp tests them: first the
//     condition on the higher argument; then ==, != and masked conditions before < and
//     <=, and these before > and >=; then the larger datum, or for < and <= the smaller;
//     then the rule with fewer conditions; then the rule written first.
//
//     Two rules with different actions that match the same call are noted, with such a
//     call, and with runc's answer if it differs. The same condition with two actions is
//     an error.
//
//  7. An argument twice in one entry. The conditions of an entry, as written, are
//     alternatives if all are on the same argument, all are == or masked, and no two can
//     hold together. Each is then a separate rule.
//
//     † Any other entry with an argument twice is an error, because it is ambiguous.
//     CompatRunc makes each of its conditions a separate rule.
//
//     † In a rule of a Builder, all conditions must hold. Between and Not compare an
//     argument twice, which is an error in CompatRunc.
//
//  8. Width. Comparisons are unsigned. Masks apply first.
//
//     † Comparisons have the width with which the kernel reads the argument: it
//     truncates an int to 32 bits and a mode to 16, and ignores the higher bits
//     (syscalls.Width). If the datum is the zero or sign extension of its low bits, only
//     these bits are compared. Otherwise, or if the mask has higher bits, the condition
//     is tested on the argument's zero extension and on its sign extension. A permissive
//     rule then needs both to hold, and a strict rule needs one.
//
//     CompatRunc compares 64 bits on 64-bit ABIs. On other ABIs, including x32 and MIPS
//     n32, it compares the low 32 bits of argument, datum and mask.
//
//     In place of a number to compare an argument with, a text may have a string: names of
//     the kernel's constants, joined by |, such as "CLONE_NEWUSER|CLONE_NEWNS". A name
//     means the constant's value on each ABI of the filter: O_DIRECTORY is 0x10000 on
//     x86_64 and 0x4000 on aarch64. An ABI that has a call of the entry and lacks the
//     constant is an error. Runtimes read only numbers, so each name is noted. A
//     Resolution prints numbers.
//
//     In both readings, a note has the effect that the width has on answers. For
//     example, a permissive condition that can no longer fail is weaker.
//
//  9. Multiplexers. If socketcall or ipc can also make a call, rules for the call apply
//     to that form, too. The first argument of the multiplexer is then the call's
//     number, with 32 bits for socketcall and 16 for ipc.
//
//     † The filter cannot see the arguments that the multiplexer passes in memory. A
//     condition on them is false in a permissive rule and true in a strict rule. An
//     unconditional rule for the multiplexer itself takes precedence over such
//     conditional rules, unless its action is the default. Between it and unconditional
//     rules, law 6 decides.
//
//     CompatRunc drops conditions on argument 0, applies other conditions to the
//     multiplexer's own arguments, and compares the call's number at full width.
//
//  10. Calls newer than the profile. Numbers above the highest number that the profile
//     names on an ABI answer ENOSYS instead of the default, unless the default is ALLOW,
//     LOG or TRACE. Entries that guards drop do not count. Number 0 on s390 and s390x
//     also answers ENOSYS. Rules take precedence over this law, even if they reach a
//     call through a multiplexer. x32's numbers 512 to 547 and ARM's private calls
//     neither count nor answer ENOSYS.
//
//     † CompatRunc: if the filter does not have x32, numbers of x86_64 from 0x80000000
//     to 0xbfffffff answer ENOSYS, in spite of law 1. Names of calls that multiplexers
//     can also make do not count, and ENOSYS takes precedence over rules.
//
//     With EnosysSince, calls that were added after a release answer ENOSYS, and so do
//     numbers beyond the tables, for every default. A call of unknown release gets the
//     default.
//
//     A name of a call that the Target's kernel does not have yet is noted.
//
//  11. Values. An errno is 1 to 4095. It is EPERM if none is given, also for TRACE. Errno
//     0 is noted. So is 4095 in runc's reading, because libseccomp refuses it. NOTIFY as
//     the default action is an error.
//
//     † CompatRunc also refuses NOTIFY on write, since runc itself calls write before a
//     supervisor can answer.
//
//     If the profile gives no flags, the filter requests SPEC_ALLOW if the kernel has it
//     or is unknown. An action or a flag that the Target's kernel does not have is an
//     error. A kernel older than 3.5 is an error, since it has no filters.
//
//  12. Emptiness. A text that runtimes would read as a request to run without seccomp is
//     an error.
//
//  13. Dialects. Docker's dialect accepts what Docker accepts. It is also the dialect of
//     an OCI section in a file of its own. Case does not matter in keys.
//
//     Comment keys are ignored in every dialect: _…, //…, $…, x-…, comment, description,
//     note, reason, title.
//
//     Any other unknown key is noted. The note is weaker if the value may have been a
//     rule, a condition or a guard: an array at the top level, an array or an object in
//     an entry, or any value in a condition or a guard.
//
//     A duplicate key is an error. Keys of a profile next to linux or spec, which
//     contain the profile, are an error. The name of a base profile that was not merged
//     is an error.
//
//     The dialect of containers/common has errnos by name. A name means the number of
//     the Target's ABI, and takes precedence over an errno by number. The dialect has
//     its own names for some arches, and does not have minKernel. A SeccompProfile
//     resource is read from its spec.
//
//     The dialect of Mesos requires all fields that Mesos reads. It has fewer actions,
//     arches and capabilities, only the errno EPERM, and no flags. All archMap items for
//     the Target's ABI count. An empty list of included arches never holds. In this
//     dialect, an entry whose action is the default, an unknown call, and an argument
//     twice are errors. Entries that contradict each other are an error even if guards
//     on capabilities drop one of them.
package profile
