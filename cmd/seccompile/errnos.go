package main

import (
	"strings"

	"github.com/seccompile/seccompile/arch"
)

// insideErrnos are errnos that the kernel has for itself, the same on every ABI
// (include/linux/errno.h). No filter answers one of them by its name.
var insideErrnos = []struct {
	name string
	n    uint64
}{
	{"ERESTARTSYS", 512}, {"ERESTARTNOINTR", 513}, {"ERESTARTNOHAND", 514}, {"ENOIOCTLCMD", 515},
	{"ERESTART_RESTARTBLOCK", 516}, {"EPROBE_DEFER", 517}, {"EOPENSTALE", 518}, {"ENOPARAM", 519},
	{"EBADHANDLE", 521}, {"ENOTSYNC", 522}, {"EBADCOOKIE", 523}, {"ENOTSUPP", 524}, {"ETOOSMALL", 525},
	{"ESERVERFAULT", 526}, {"EBADTYPE", 527}, {"EJUKEBOX", 528}, {"EIOCBQUEUED", 529},
	{"ERECALLCONFLICT", 530}, {"ENOGRACE", 531},
}

// What facts say of errnos.
const (
	anErrno     = "an errno"
	insideErrno = "an internal errno of the kernel, which programs should not see"
	notSupp     = insideErrno + "; from seccomp: the kernel has no memory left for JIT code (raise sysctl net.core.bpf_jit_limit; a shorter filter takes less, and summary counts its instructions)"
)

// errnoFacts returns the errnos, on ABIs, of which a function wants the name and number.
func errnoFacts(on []arch.Arch, wanted func(name string, n uint64) bool) (list []fact) {
	for name := range arch.Errnos() {
		for _, a := range on {
			errno, _ := a.Errno(name)
			if n := uint64(errno); wanted(name, n) {
				list = join(list, fact{Name: name, Number: &n, ABIs: []string{a.String()}, About: anErrno})
			}
		}
	}
	for _, e := range insideErrnos {
		if !wanted(e.name, e.n) {
			continue
		}
		f := fact{Name: e.name, Number: &e.n, About: insideErrno}
		if e.name == "ENOTSUPP" {
			f.About = notSupp // kernel/bpf/core.c:bpf_prog_select_runtime
		}
		for _, a := range on {
			f.ABIs = append(f.ABIs, a.String())
		}
		list = append(list, f)
	}
	return list
}

// errnosLike is constantsLike for errnos.
func errnosLike(prefix string, filtered bool, n uint64, a arch.Arch) []fact {
	return errnoFacts([]arch.Arch{a}, func(name string, m uint64) bool {
		return strings.HasPrefix(name, prefix) && (!filtered || n == m)
	})
}

// errnoNames yields the names of all errnos.
func errnoNames(yield func(string) bool) {
	for name := range arch.Errnos() {
		if !yield(name) {
			return
		}
	}
	for _, e := range insideErrnos {
		if !yield(e.name) {
			return
		}
	}
}
