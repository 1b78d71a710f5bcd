package profile

import (
	"iter"
	"slices"
)

// A Code identifies a kind of fault or note. Codes are stable, so programs may compare
// them. docs/codes.md has an example of each.
type Code string

// Faults of the text, from Parse.
const (
	CodeTooLarge      Code = "too-large"      // beyond a limit of this package
	CodeSyntax        Code = "syntax"         // not JSON
	CodeType          Code = "type"           // a value of the wrong JSON type, or a number out of range
	CodeDuplicateKey  Code = "duplicate-key"  // a key twice in one object
	CodeMissing       Code = "missing"        // a required field is missing
	CodeEmpty         Code = "empty"          // a profile that runtimes read as unconfined
	CodeUnknownAction Code = "unknown-action" // an unknown SCMP_ACT_ name
	CodeUnknownOp     Code = "unknown-op"     // an unknown SCMP_CMP_ name
	CodeUnknownArch   Code = "unknown-arch"   // an unknown SCMP_ARCH_ name
	CodeUnknownFlag   Code = "unknown-flag"   // a SECCOMP_FILTER_FLAG_ name that is unknown, or not for profiles
	CodeUnknownErrno  Code = "unknown-errno"  // an unknown name of an errno
	CodeArgIndex      Code = "arg-index"      // an argument beyond the sixth
	CodeErrno         Code = "errno"          // an errno that the kernel cannot return
	CodeMinKernel     Code = "min-kernel"     // not KERNEL.MAJOR
	CodeNameAndNames  Code = "name-and-names" // both formats in one entry
	CodeArchesTwice   Code = "arches-twice"   // both architectures and archMap
	CodeBaseProfile   Code = "base-profile"   // a base profile that was not merged
	CodeStrayKey      Code = "stray-key"      // a key of a profile next to the section that contains the profile
	CodeNotifyDefault Code = "notify-default" // NOTIFY as the default action
	CodeUnknownConst  Code = "unknown-const"  // a name of a constant that no ABI has
)

// Faults of a profile for a Target, from Profile.Resolve.
const (
	CodeTarget        Code = "target"         // an invalid Target
	CodeNoKernel      Code = "no-kernel"      // minKernel, but the Target has no kernel
	CodeKernelTooOld  Code = "kernel-too-old" // the Target's kernel lacks an action, a flag, or filters
	CodeByteOrder     Code = "byte-order"     // an ABI of the other byte order
	CodeSameArg       Code = "same-arg"       // an argument twice in one entry, which is ambiguous
	CodeContradiction Code = "contradiction"  // the same condition with two actions
	CodeWaitKillable  Code = "wait-killable"  // WAIT_KILLABLE_RECV without NOTIFY
	CodeNotifyWrite   Code = "notify-write"   // NOTIFY on write, in runc's reading
	CodeNoConst       Code = "no-const"       // a constant that an ABI of the filter lacks
)

// Faults of a text that chooses a profile, from package choice. In such a text, an
// unknown key is also a fault.
const (
	CodeTwoChoices    Code = "two-choices"    // two settings that exclude each other
	CodeBadName       Code = "bad-name"       // an invalid profile name, or a name of two containers
	CodeUnknownChoice Code = "unknown-choice" // an unknown choice
	CodeUnsupported   Code = "unsupported"    // a setting or a text from which no program takes a profile
)

// Notes.
const (
	CodeUnknownKey  Code = "unknown-key"  // a key that no dialect has
	CodeForeignKey  Code = "foreign-key"  // a key that another dialect has
	CodeOddKey      Code = "odd-key"      // a key in unusual capitals
	CodeNoNames     Code = "no-names"     // an entry that names no call
	CodeNoIndex     Code = "no-index"     // a condition without an argument index
	CodeNoValue     Code = "no-value"     // a condition without the datum
	CodeValueTwo    Code = "value-two"    // a second datum where the operator takes one
	CodeErrnoTwice  Code = "errno-twice"  // an errno by number and another by name
	CodeErrnoZero   Code = "errno-zero"   // errno 0: the call is not executed, and succeeds
	CodeErrnoUnused Code = "errno-unused" // an errno on an action that takes none
	CodeMaskBits    Code = "mask-bits"    // bits of the datum outside the mask
	CodeNoVersion   Code = "no-version"   // minKernel ""
	CodeFlagIgnored Code = "flag-ignored" // a flag that only the installer can set
	CodeMetadata    Code = "metadata"     // listenerMetadata without listenerPath
	CodeUnknownCall Code = "unknown-call" // a call that no ABI has
	CodeUnknownCap  Code = "unknown-cap"  // a capability that no kernel has
	CodeUnknownHost Code = "unknown-host" // a name in includes.arches that never matches
	CodeGuarded     Code = "guarded"      // an entry, or a name in one, that guards make ineffective
	CodeElsewhere   Code = "elsewhere"    // names of calls that other ABIs have
	CodeRedundant   Code = "redundant"    // a rule that another rule of its call covers
	CodeShadowed    Code = "shadowed"     // a rule that never decides a call
	CodePivotRoot   Code = "pivot-root"   // chroot without pivot_root, for a Mesos agent
	CodeForeignABI  Code = "foreign-abi"  // an ABI that the Target's kernel never runs
	CodeSaysDefault Code = "says-default" // an entry whose action is the default
	CodeArgWidth    Code = "arg-width"    // a comparison of fewer than 64 bits, as the kernel reads the argument
	CodeMultiplexer Code = "multiplexer"  // a call that socketcall or ipc can also make
	CodeTooNew      Code = "too-new"      // a call that the Target's kernel does not have yet
	CodeNewKernel   Code = "new-kernel"   // a kernel newer than the tables of calls
	CodeInterrupts  Code = "interrupts"   // NOTIFY without WAIT_KILLABLE_RECV on a kernel that has it
	CodeFirstCounts Code = "first-counts" // an unconditional rule after another
	CodeSameArgOr   Code = "same-arg-or"  // an argument twice in one entry, read as OR
	CodeMaskNone    Code = "mask-none"    // a strict masked condition that holds if no bit of the mask is set
	CodeCloneFlags  Code = "clone-flags"  // a condition on clone's stack that was probably meant for its flags
	CodeRenamed     Code = "renamed"      // a call that has another name on an ABI of the filter
	CodeGuardABI    Code = "guard-abi"    // an entry for an ABI of the filter that a guard drops because the ABI is not the native one
	CodeNumberRange Code = "number-range" // numbers of other MIPS ABIs that runc's filters let pass
	CodeErrnoRunc   Code = "errno-runc"   // an errno that libseccomp refuses
	CodeBadArch     Code = "bad-arch"     // a Target that lets calls of other ABIs pass
	CodePrinted     Code = "printed"      // a policy that would be weaker for runc once printed
	CodeConstName   Code = "const-name"   // a name of a constant where runtimes read only numbers
	CodeOverlap     Code = "overlap"      // two rules with different actions that match one call
)

// codes are all codes, in the order in which they stand above.
var codes = []Code{
	CodeTooLarge, CodeSyntax, CodeType, CodeDuplicateKey, CodeMissing, CodeEmpty, CodeUnknownAction,
	CodeUnknownOp, CodeUnknownArch, CodeUnknownFlag, CodeUnknownErrno, CodeArgIndex, CodeErrno, CodeMinKernel,
	CodeNameAndNames, CodeArchesTwice, CodeBaseProfile, CodeStrayKey, CodeNotifyDefault, CodeUnknownConst,
	CodeTarget, CodeNoKernel, CodeKernelTooOld, CodeByteOrder, CodeSameArg, CodeContradiction, CodeWaitKillable,
	CodeNotifyWrite, CodeNoConst, CodeTwoChoices, CodeBadName, CodeUnknownChoice, CodeUnsupported,
	CodeUnknownKey, CodeForeignKey, CodeOddKey, CodeNoNames, CodeNoIndex, CodeNoValue, CodeValueTwo,
	CodeErrnoTwice, CodeErrnoZero, CodeErrnoUnused, CodeMaskBits, CodeNoVersion, CodeFlagIgnored, CodeMetadata,
	CodeUnknownCall, CodeUnknownCap, CodeUnknownHost, CodeGuarded, CodeElsewhere, CodeRedundant, CodeShadowed,
	CodePivotRoot, CodeForeignABI, CodeSaysDefault, CodeArgWidth, CodeMultiplexer, CodeTooNew, CodeNewKernel,
	CodeInterrupts, CodeFirstCounts, CodeSameArgOr, CodeMaskNone, CodeCloneFlags, CodeRenamed, CodeGuardABI,
	CodeNumberRange, CodeErrnoRunc, CodeBadArch, CodePrinted, CodeConstName, CodeOverlap,
}

// Codes yields all codes: those of faults first, then those of notes.
func Codes() iter.Seq[Code] { return slices.Values(codes) }
