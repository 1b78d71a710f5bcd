// Package profile reads seccomp profiles and says what they mean.
//
//	p, err := profile.Parse(text, profile.ParseOptions{File: "web.json"})
//	target, err := profile.Host()
//	target.Caps = container.BoundingSet
//	pol, err := p.Resolve(target)
//	action, rule := pol.Decide(call)
//
// There are three forms. The text is JSON in one of several dialects: Docker's
// format or the one that Docker had before 1.13, containers/common's, Mesos', or
// the linux.seccomp section of an OCI config.json, alone or in its file. A
// Profile is the text as written, with the places where things stand. A Policy
// is what the profile means for one Target: numbers of calls on each ABI, with
// nothing of the host in it and nothing of the text but names for display. Only
// Host looks at the machine.
//
// Both print as JSON: a Profile in the canonical form of its dialect, a Policy as
// the section of an OCI config.json that an engine hands to a runtime.
//
// Policy.Decide is the definition of what a policy means: short, slow and
// obvious. Compiled filters are judged against it.
//
// Which profile it is, agents and runtimes find in a setting of the container.
// ParseSeccompInfo, ParseMarathon, ParseKubernetes and ParseSecurityOpts read
// these; package store has the profiles that they name.
//
// # Faults and notes
//
// Parse and Resolve return every fault that they find, joined, each an *Error
// with file, line, column and JSON Pointer. Whatever else an author should know
// (what was skipped, or read in one of two ways) is a Note. A note's Effect says
// whether some calls are now refused that the text lets pass, or the reverse.
// A weaker policy than the text is an error that wraps ErrRefused, unless
// Target.AcceptWeaker is set; with ParseOptions.Strict every note is but the
// harmless ones, which come of the target and change no answer.
//
// # What a profile means
//
// Docker, OCI runtimes and libseccomp agree on most of what follows. Where what
// runc does with libseccomp is not what the text says, there are two readings:
// CompatKernel, the zero value, goes by the text and takes the stricter of two
// meanings; CompatRunc does what runc does. These places are marked †. An action
// is permissive if the kernel ranks it behind the default action, else strict;
// data do not count, and equal is strict.
//
//  1. ABIs. The Target's ABI is always in the filter. The first archMap entry
//     for it, or architectures, adds others. One that no kernel of the Target's
//     ABI can run is noted and left out; one of the other byte order is an
//     error. Calls of all other ABIs get BadArch, KILL_THREAD if the Target does
//     not say otherwise. Where x86_64 is in the filter and x32 is not, numbers
//     with bit 30 count as another ABI's, but for -1.
//  2. Guards. An entry is dropped if its excludes hold, any one of them, and
//     unless its includes hold, all of them. A list of arches holds if it has
//     Docker's name of the Target's ABI; of caps, excludes need one that the
//     Target has, includes need all; minKernel holds from that kernel on. An
//     entry with minKernel needs a Target with a kernel. Names of capabilities
//     and arches that nobody has never match and are noted. An architecture
//     that no ABI has is an error wherever it stands.
//  3. The default. A rule that says the default action, errno included, is set
//     aside and noted, unless the call has none but such and would answer ENOSYS
//     (law 10). † CompatKernel also keeps it where the call has rules that say
//     something else.
//  4. Names are exact. One that other ABIs have is skipped on this one, which is
//     what a profile for several ABIs is for. One that no ABI has is noted.
//  5. Unconditional means written without args. Of a call's unconditional rules
//     the first written counts. A condition that always holds does not make a
//     rule unconditional.
//  6. Which rule decides. † Of the rules that match a call the strictest
//     decides, of equals the first written. CompatRunc: an unconditional rule
//     beats all others, and conditional ones go by the order in which
//     libseccomp asks them: the condition on the higher argument first, then
//     ==, != and masked ones before < and <= before > and >=, then the larger
//     datum, for < and <= the smaller, then the rule with fewer conditions,
//     then as written. Two rules of different
//     actions that match one call are noted with such a call; the same
//     condition with two actions is an error.
//  7. An argument twice in one entry. If the conditions cannot all hold, each
//     condition of the entry is a rule of its own. † If they can, the entry is
//     an error, because it could mean both; CompatRunc makes rules of them.
//  8. Width. Comparisons are unsigned, and † as wide as the kernel reads the
//     argument: it cuts an int off to 32 bits, a mode to 16, and what is above
//     counts for nothing (syscalls.Width). Masks apply first. A datum that is
//     what its low bits become when they are extended, by zeros or by the sign,
//     is compared in these bits; any other with both extensions of the
//     argument, of which a permissive rule needs both to hold and a strict one
//     either. CompatRunc compares 64 bits on 64-bit ABIs, and on others, x32
//     and MIPS n32 among them, the low 32 bits with those of datum and mask.
//  9. Multiplexers. A rule for a call that socketcall or ipc can make, too,
//     covers that way: the multiplexer's first argument is the call's number,
//     in 32 bits for socketcall and 16 for ipc. † What the multiplexer hides
//     cannot be compared, so that a condition counts as false for a permissive
//     rule and as true for a strict one. CompatRunc drops a condition on
//     argument 0, asks others of the multiplexer's own arguments and compares
//     the number whole. An unconditional rule for a multiplexer itself decides
//     all that goes through it, whatever the profile says of the calls behind.
//  10. Calls newer than the profile. Numbers above the highest that the profile
//     names on an ABI, entries dropped by guards left out, answer ENOSYS instead
//     of the default, unless that is ALLOW, LOG or TRACE; so does number 0 on
//     s390 and s390x. Rules always win. x32's numbers 512 to 547 and ARM's
//     private calls stand apart: they neither count nor answer so. By release
//     (EnosysSince) it is the calls that came after it, with those beyond the
//     tables, whatever the default; a call of unknown release gets the default.
//     A name of a call that the Target's kernel does not have yet is noted.
//  11. Values. An errno is 1 to 4095, EPERM if none is given, for TRACE too; 0
//     is noted. NOTIFY is refused as the default; † CompatRunc also refuses it
//     on write, which runc uses itself before anybody answers. Without flags the
//     filter asks for SPEC_ALLOW where the kernel has it, or is not known. An
//     action or a flag that the Target's kernel lacks is an error, and so is a
//     kernel older than 3.5, which has no filters.
//  12. Emptiness. A text that runtimes would take for "no seccomp at all" is an
//     error.
//  13. Dialects. What Docker accepts is accepted in its dialect, which is also
//     that of an OCI section that stands alone. Keys in odd capitals count;
//     unknown ones, and those that only another dialect has, are noted, as weaker
//     where a rule or guard may be lost with them. A key twice is an error.
//     containers/common gives errnos by name, which mean the number of the
//     Target's ABI and win over numbers, knows no minKernel and has names of its
//     own for some arches. Mesos demands that the fields that it reads are
//     there, knows fewer actions, arches and capabilities, takes all archMap
//     items of the Target's ABI, takes an empty list of included arches for one
//     that never holds, and has no errno but EPERM and no flags; an entry that
//     says the default, an unknown call, an argument twice and a contradiction
//     between entries for whatever capabilities are errors.
package profile
