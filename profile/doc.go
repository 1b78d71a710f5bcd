// Package profile reads seccomp profiles and says what they mean.
//
//	p, err := profile.Parse(text, profile.ParseOptions{File: "web.json"})
//	target, err := profile.Host()
//	target.Caps = container.BoundingSet
//	res, err := p.Resolve(target)
//	action, rule := res.Decide(call)
//
// A profile takes three forms:
//
//   - The text is JSON in one of several dialects: Docker's, containers/common's,
//     Mesos', the linux.seccomp section of an OCI config.json, or a SeccompProfile
//     resource of Kubernetes' security-profiles-operator. See [Dialect].
//   - A [Profile] is the text as written, with the position of each part.
//   - A [policy.Policy] is what the profile means for one [Target]: the numbers of
//     calls on each ABI. It has nothing of the host and, but for names to display,
//     nothing of the text. Resolve returns it in a [Resolution], with notes.
//
// Host is the only function that reads the machine. A Profile prints as JSON in the
// canonical form of its dialect, a Resolution as the section of an OCI config.json
// that an engine hands to a runtime.
//
// Which profile a container asks for is a setting of the container, which package
// choice reads; package store finds the profile of that name.
//
// # Faults and notes
//
// Parse and Resolve return every fault that they find, joined, each an [*Error]
// with file, line, column and JSON Pointer. A [Note] is anything else that the
// author should know: what was skipped, or read in one of two ways. Its [Effect]
// says whether some calls are now refused that the text allows, or the reverse.
// A policy that is weaker than the text is an error that wraps [ErrRefused],
// in either reading, unless Target.AcceptWeaker is set. With ParseOptions.Strict
// every note is one, except for harmless ones: those that come from the Target and
// change no answer.
//
// # What a profile means
//
// Docker, OCI runtimes and libseccomp agree on most of what follows. Where what
// runc does with libseccomp is not what the text says, there are two readings:
// CompatKernel, the zero value, goes by the text and takes the stricter of two
// meanings; CompatRunc does what runc does. These places are marked †. An action
// is permissive if the kernel ranks it after the default action, else strict;
// data do not count, and equal is strict.
//
//  1. ABIs. The Target's ABI is always in the filter. The first archMap entry
//     for it, or architectures, adds others. One that no kernel of the Target's
//     ABI can run is noted and left out; one of the other byte order is an
//     error. Calls of all other ABIs get BadArch, KILL_THREAD if the Target does
//     not say otherwise; an action by which they pass is a weaker note. Where
//     x86_64 is in the filter and x32 is not, so do numbers from 0x40000000 on,
//     except -1. † On MIPS, where a 64-bit kernel
//     chooses the ABI by the number, those from 4000, 5000 and 6000 on belong to
//     o32, n64 and n32, whatever the audit value; where the ABI is not in the
//     filter they get BadArch. The filter does not see the arguments of a call by
//     another ABI's number as the kernel reads them: any condition may hold or
//     not, and the strictest answer counts. CompatRunc goes by the audit value
//     alone. † On kernels before 5.4, numbers of x86_64 and x32 that reach the
//     other's calls get BadArch where they would pass.
//  2. Guards. An entry is dropped if its excludes hold, any one of them, and
//     unless its includes hold, all of them. A list of arches holds if it has
//     Docker's name of the Target's ABI; of caps, excludes need one that the
//     Target has, includes need all; minKernel holds from that kernel on. An
//     entry with minKernel needs a Target with a kernel. Names of capabilities
//     and arches that nobody has never match and are noted. An architecture
//     that no ABI has is an error wherever it stands.
//  3. The default. A rule that says the default action, errno included, is set
//     aside and noted, unless the call would answer ENOSYS then (law 10).
//     † CompatKernel also keeps it where the call has rules that say something
//     else.
//  4. Names are exact. One that other ABIs have is skipped on this one, which is
//     what a profile for several ABIs is for. One that no ABI has is noted, as
//     weaker if the rule is strict, or stricter than other rules.
//  5. Unconditional means written without args. A condition that always holds
//     does not make a rule unconditional. † An unconditional rule has no rank of
//     its own. CompatRunc: of a call's unconditional rules the first written
//     counts.
//  6. Which rule decides. † Of the rules that match a call, with conditions or
//     without, the strictest decides, of equals the first written. CompatRunc:
//     an unconditional rule beats all others, and conditional ones go by the
//     order in which libseccomp asks them: the condition on the higher argument
//     first, then ==, != and masked ones before < and <= before > and >=, then
//     the larger datum, for < and <= the smaller, then the rule with fewer
//     conditions, then as written. Two rules of different actions that match one
//     call are noted with such a call, and with runc's answer where that is
//     another; the same condition with two actions is an error.
//  7. An argument twice in one entry. Conditions, as written, that are all on
//     this argument, all == or masked, no two of which can hold together, are
//     alternatives: each is a rule of its own. † Any other entry with an argument
//     twice is an error, because it could mean two things; CompatRunc makes a
//     rule of each of its conditions.
//  8. Width. Comparisons are unsigned, and † as wide as the kernel reads the
//     argument: it cuts an int off to 32 bits, a mode to 16, and what is above
//     counts for nothing (syscalls.Width). Masks apply first. A datum that is
//     what its low bits become when they are extended, by zeros or by the sign,
//     is compared in these bits; any other, and any under a mask with bits above
//     them, with both extensions of the argument, of which a permissive rule
//     needs both to hold and a strict one either. CompatRunc compares 64 bits on
//     64-bit ABIs, and on others, x32 and MIPS n32 among them, the low 32 bits
//     with those of datum and mask. Either way the effect is what that does to
//     calls: a permissive condition that can no longer fail is weaker.
//  9. Multiplexers. A rule for a call that socketcall or ipc can make, too,
//     covers that form of it: the multiplexer's first argument is the call's
//     number, in 32 bits for socketcall and 16 for ipc. † What the multiplexer
//     hides cannot be compared, so that a condition counts as false for a
//     permissive rule and as true for a strict one. An unconditional rule for the
//     multiplexer itself, unless it says the default, beats those conditional
//     ones; with an unconditional one it competes by law 6. CompatRunc drops a
//     condition on argument 0, asks others of the multiplexer's own arguments,
//     and compares the number whole.
//  10. Calls newer than the profile. Numbers above the highest that the profile
//     names on an ABI, entries dropped by guards left out, answer ENOSYS instead
//     of the default, unless that is ALLOW, LOG or TRACE; so does number 0 on
//     s390 and s390x. Rules always win, those that reach a call through a
//     multiplexer, too. x32's numbers 512 to 547 and ARM's private calls stand
//     apart: they neither count nor answer so. † CompatRunc: without x32, those
//     of x86_64 from 0x80000000 to 0xbfffffff do, whatever law 1 says. By release
//     (EnosysSince) it is the calls that came after it, with those beyond the
//     tables, whatever the default; a call of unknown release gets the default. A
//     name of a call that the Target's kernel does not have yet is noted.
//  11. Values. An errno is 1 to 4095, EPERM if none is given, for TRACE too; 0
//     is noted, and in runc's reading 4095, which libseccomp refuses. NOTIFY is
//     refused as the default; † CompatRunc also refuses it on write, which runc
//     uses itself before anybody answers. Without flags the filter asks for
//     SPEC_ALLOW where the kernel has it, or is not known. An action or a flag
//     that the Target's kernel lacks is an error, and so is a kernel older than
//     3.5, which has no filters.
//  12. Emptiness. A text that runtimes would take for "no seccomp at all" is an
//     error.
//  13. Dialects. What Docker accepts is accepted in its dialect, which is also
//     that of an OCI section in a file of its own. Keys in odd capitals count. A key
//     that is a comment by its look counts for nothing anywhere: _…, //…, $…,
//     x-…, comment, description, note, reason, title. Any other that the dialect
//     does not have is noted, as weaker if what is lost may have been a rule, a
//     condition or a guard: an array at the top, an array or an object in an
//     entry, anything in a condition or a guard. A key twice is an error, and so
//     are keys of a profile beside linux or spec, which hold one, and the name of
//     a base profile, which nobody has merged.
//     containers/common gives errnos by name, which mean the number of the
//     Target's ABI and win over numbers, knows no minKernel and has names of its
//     own for some arches. A SeccompProfile resource is read by its spec. Mesos
//     demands that the fields that it reads are there, knows fewer actions,
//     arches and capabilities, takes all archMap items of the Target's ABI, takes
//     an empty list of included arches for one that never holds, and has no errno
//     but EPERM and no flags; an entry that says the default, an unknown call, an
//     argument twice and a contradiction between entries for whatever
//     capabilities are errors.
package profile
