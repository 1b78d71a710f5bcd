package install

import (
	"errors"
	"sync"
	"syscall"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/abi"
)

// Status is what /proc says of the calling thread, and not of another one.
func caseStatus() {
	state := func() State {
		s, err := Status()
		if err != nil {
			failf("Status: %v", err)
		}
		return s
	}
	before := state()
	newThread().do(func() {
		if s := state(); s != before {
			failf("Status of an unfiltered thread = %+v, want %+v", s, before)
		}
		for n := 1; n < 4; n++ {
			if _, err := Filter(refuseGetppid, Options{}); err != nil {
				failf("Filter: %v", err)
			}
			want := State{Mode: unix.SECCOMP_MODE_FILTER, Filters: before.Filters + n, NoNewPrivs: true}
			if before.Filters < 0 {
				want.Filters = -1
			}
			if s := state(); s != want {
				failf("Status with %d more filters = %+v, want %+v", n, s, want)
			}
		}
	})
	if s := state(); s != before {
		failf("Status = %+v, want %+v: the other thread has the filters", s, before)
	}
	mustInstall(answer(errno(refused), unix.SYS_OPENAT))
	_, err := Status()
	if e, ok := err.(*Error); !ok || e.Op != "read /proc/thread-self/status" || e.Errno != refused {
		failf("Status without openat: %v", err)
	}
	mustInstall(answer(errno(unix.ENOENT), unix.SYS_OPENAT)) // the newest counts
	if _, err := Status(); verdictOf(err) != unknown {
		failf("Status by an outer ENOENT: %v, want it unknown whether that is the kernel's", err)
	}
	mustInstall(firstArg(unix.SYS_PRCTL, unix.PR_GET_SECCOMP, 0)) // seems to have no filter
	_, err = Status()
	if e, ok := err.(*Error); !ok || verdictOf(err) != lacks || e.Since != (Release{3, 17}) || e.Errno != unix.ENOENT {
		failf("Status before Linux 3.17: %v", err)
	}
}

// Of all filters the strictest counts, and of equal ones the newest.
func casePrecedence() {
	for _, tt := range []struct {
		older, newer uint32
		want         syscall.Errno
	}{
		{errno(1), errno(2), 2},
		{errno(2), errno(1), 1},
		{errno(1), abi.RetAllow, 1},
		{abi.RetAllow, errno(1), 1},
		{abi.RetUserNotif, errno(1), 1},
		{errno(1), abi.RetTrace, 1},
		{abi.RetTrace, abi.RetLog, unix.ENOSYS}, // without a tracer
	} {
		newThread().do(func() {
			mustInstall(answer(tt.older, unix.SYS_GETPPID))
			mustInstall(answer(tt.newer, unix.SYS_GETPPID))
			if s := current(); s.Probe != tt.want {
				failf("getppid under %#x and then %#x: errno %d, want %d", tt.older, tt.newer, int(s.Probe), int(tt.want))
			}
		})
	}
}

// For each kind of instruction, the kernel refuses what costs one more than Room
// has, and takes what costs as much.
func caseCost() {
	if s, err := Status(); err != nil || s.Mode != 0 {
		skipf("the test itself has filters of unknown length: %+v, %v", s, err)
	}
	known := []Installed{
		{Insns: retAllow(abi.MaxInsns)}, {Insns: retAllow(abi.MaxInsns)}, {Insns: retAllow(abi.MaxInsns)}, {Insns: retAllow(abi.MaxInsns / 2)},
	}
	room, most := Room(known, 0)
	if room != most {
		failf("Room(known filters) = %d, %d", room, most)
	}
	for _, in := range kinds {
		newThread().do(func() {
			for _, k := range known {
				mustInstall(k.Insns)
			}
			for _, tt := range []struct {
				cost int
				want error
			}{{room + 1, unix.ENOMEM}, {room, nil}} {
				insns := programOf(in, tt.cost)
				if got := Cost(insns); got != tt.cost {
					failf("Cost of %d times %+v = %d, want %d", len(insns), in, got, tt.cost)
				}
				if _, err := Filter(insns, Options{AllowNewPrivs: privileged()}); !errors.Is(err, tt.want) {
					failf("Filter with %+v, cost %d of %d: %v, want %v", in, tt.cost, room, err, tt.want)
				}
			}
		})
	}
}

// programOf returns a program of that cost that allows everything, and has 500
// times the instruction after that.
func programOf(in bpf.RawInstruction, n int) []bpf.RawInstruction {
	insns := retAllow(1)
	for range 500 {
		insns = append(insns, in)
	}
	if (n-Cost(insns))%2 != 0 {
		insns = append(insns, bpf.RawInstruction{Op: abi.ModeIMM})
	}
	return append(insns, retAllow((n-Cost(insns))/2)...)
}

// Whoever installs at the same time, both are there afterwards.
func caseTwoAtOnce() {
	const rounds = 20
	before := current()
	a, b := newThread(), newThread()
	both := func(o Options) {
		var wg sync.WaitGroup
		for _, t := range []*thread{a, b} {
			wg.Go(func() {
				t.do(func() {
					if _, err := Filter(refuseGetppid, o); err != nil {
						failf("Filter(%+v) at once: %v", o, err)
					}
				})
			})
		}
		wg.Wait()
	}
	want := before.with(2*rounds, refused)
	want.NoNewPrivs = 1
	for range rounds {
		both(Options{Flags: abi.FlagTSync})
	}
	for _, t := range []*thread{a, b, newThread()} {
		t.do(func() { wantState("after TSYNC at once", want) })
	}
	wantState("after TSYNC at once, first thread", want)
	both(Options{})
	for _, t := range []*thread{a, b} {
		t.do(func() { wantState("after one each at once", want.with(1, refused)) })
	}
	wantState("after one each at once, first thread", want)
}

// A process of 500 threads is filtered whole, and a launcher of 500 starts and
// becomes a command.
func caseManyThreads() {
	var threads []*thread
	for range 500 {
		threads = append(threads, newThread())
	}
	want := current().with(1, refused)
	want.NoNewPrivs = 1
	if _, err := Filter(refuseGetppid, Options{Flags: abi.FlagTSync}); err != nil {
		failf("Filter with TSYNC: %v", err)
	}
	for _, t := range threads {
		t.do(func() { wantState("after TSYNC", want) })
	}
	if err := startTight(); err != nil {
		failf("Start: %v", err)
	}
	threads[250].do(caseBecome)
}
