// Package choice reads which profile a container asks for.
//
//	c, err := choice.ParseSeccompInfo(text, "task.json")
//	p, err := s.Profile(c) // of a store.Store
//
// Mesos, Marathon, Kubernetes and Docker each say so in a setting of their own. The
// faults of these texts are *profile.Error, as those of profiles are.
package choice
