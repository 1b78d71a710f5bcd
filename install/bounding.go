package install

// ReduceCaps removes all capabilities but those to keep from the bounding, inheritable and
// ambient sets of the calling thread, as [Options].Bounding does, for a command that is to
// run without a filter:
//
//	runtime.LockOSThread() // and no unlock: the thread ends with its goroutine
//	if err := install.ReduceCaps(keep); err != nil {
//		return err
//	}
//	return cmd.Run()
//
// An empty slice removes all capabilities. Nil, which in Options leaves the sets unchanged, is
// an error. After an error some may be removed. None can be added again.
func ReduceCaps(keep []uintptr) error {
	if keep == nil {
		return refusal("install.ReduceCaps", "no list of capabilities", "pass an empty slice to remove all of them")
	}
	return reduceCaps(keep)
}
