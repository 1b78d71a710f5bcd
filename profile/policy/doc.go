// Package policy defines what a seccomp filter answers to each call.
//
//	pol := &policy.Policy{
//		Default: policy.Errno(1),
//		Arches: []policy.ArchPolicy{{Arch: arch.X86_64, Rules: []policy.Rule{
//			{Nr: 0, Action: policy.Allow}, // read
//			{Nr: 1, Action: policy.Allow, Conds: []policy.Cond{{Arg: 0, Op: policy.LE, Value: 2, Width: 32}}},
//		}}},
//	}
//	action, rule := pol.Decide(call)
//
// A [Policy] has call numbers where a profile has names. It is valid for one machine and
// one set of ABIs. [Policy.Decide] defines the meaning of a Policy; it is short and slow,
// and compiled filters are judged against it. [Policy.Check] reports every fault of a
// Policy that was written by hand.
package policy
