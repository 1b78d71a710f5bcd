//go:build !linux

package main

func (r *recorder) run(command []string, s stdio) (status int, err error) {
	return exitRun, errNoSeccomp()
}

func (r *recorder) attach(s stdio) (status int, err error) {
	return exitRun, errNoSeccomp()
}
