package profile

// Groups returns the names of all groups of calls.
func Groups() []string { return nil }

func groupOf(name string) (members []string, group bool) { return nil, name != "" && name[0] == '@' }
