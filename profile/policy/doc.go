// Package policy says what a seccomp filter answers to each call.
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
// A Policy has numbers where a profile has names: it is for one machine and one set
// of ABIs. Policy.Decide is the definition of what it means, short, slow and obvious;
// compiled filters are judged against it. Policy.Check reports every fault of a
// Policy that was written by hand.
package policy
