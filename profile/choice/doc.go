// Package choice parses the settings by which containers request a seccomp profile.
//
//	c, err := choice.ParseSeccompInfo(text, "task.json")
//	p, err := s.Profile(c) // of a store.Store
//
// Mesos, Marathon, Kubernetes and Docker have different settings for this. Faults in them
// are of type [*profile.Error], as faults of profiles are.
package choice
