// Kernels boots kernels of Debian's under QEMU, without KVM, and shows on each that what the project says of
// kernels and filters holds there: it runs live verdicts and asks questions (./ask), prints a table of the
// answers, and fails if one differs from the table in docs/kernels.md.
//
//	.ci/kernels -facts
//	.ci/kernels [-update] [-newer] [questions | short | long] [GUEST...]
//
// Short boots some guests. Long, which is the default, boots all, and runs the tests of internal/vm, install,
// install/notify and install/trace, too. Questions boots all and asks them alone. The exit status is 75 if packages cannot be had
// and nothing else is wrong.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// unavailable is the exit status without the packages: nothing failed, nothing was shown.
const unavailable = 75

func main() {
	cache := flag.String("cache", "", "keep packages and the guests' consoles in `DIR`")
	checkout := flag.String("checkout", "", "the `DIR` of the checkout")
	update := flag.Bool("update", false, "write the answers to docs/kernels.md")
	news := flag.Bool("facts", false, "print what the newest sources of Linux have that the tables lack, and boot no guest")
	newer := flag.Bool("newer", false, "look for newer kernels than the cache has")
	atOnce := flag.Int("guests", 2, "boot `N` guests at a time")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: .ci/kernels [FLAG...] [%s] [GUEST...]\n\nGuests:", strings.Join(sets, " | "))
		for _, g := range guests {
			fmt.Fprint(flag.CommandLine.Output(), " ", g.name)
		}
		fmt.Fprint(flag.CommandLine.Output(), "\n\nFlags (.ci/kernels sets the first two):\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err := run(ctx, *checkout, *cache, flag.Args(), *news, *update, *newer, *atOnce)
	if err != nil {
		fmt.Fprintln(os.Stderr, "kernels:", err)
		os.Exit(status(err))
	}
}

// status returns the exit status for an error.
func status(err error) int {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			if status(e) != unavailable {
				return 1
			}
		}
		return unavailable
	}
	if errors.Is(err, errFetch) {
		return unavailable
	}
	return 1
}

// sets are the jobs that can be chosen. Each has those of the ones before it.
var sets = []string{"questions", "short", "long"}

// choose returns the set and the guests that the arguments name: without a set the long one, without a
// guest all, or those of the short set.
func choose(args []string) (set string, list []guest, err error) {
	left := map[string]bool{}
	for _, a := range args {
		switch {
		case strings.HasPrefix(a, "-"):
			return "", nil, fmt.Errorf("%s: flags come before sets and guests", a)
		case !slices.Contains(sets, a):
			left[a] = true
		case set != "":
			return "", nil, fmt.Errorf("two sets, %s and %s: each has what the ones before it have (%s)", set, a, strings.Join(sets, ", "))
		default:
			set = a
		}
	}
	set = cmp.Or(set, "long")
	all := len(left) == 0
	for _, g := range guests {
		if left[g.name] || all && (g.short || set != "short") {
			list = append(list, g)
		}
		delete(left, g.name)
	}
	for _, a := range slices.Sorted(maps.Keys(left)) {
		return "", nil, fmt.Errorf("neither a set (%s) nor a guest: %s (guests are in internal/oracle/kernels/guests.go)", strings.Join(sets, ", "), a)
	}
	return set, list, nil
}

func run(ctx context.Context, checkout, cache string, args []string, news, update, newer bool, atOnce int) error {
	set, list, err := choose(args)
	if err != nil {
		return err
	}
	if atOnce < 1 {
		return fmt.Errorf("-guests %d: want 1 at least", atOnce)
	}
	logs := filepath.Join(cache, "consoles")
	if err := os.MkdirAll(logs, 0o755); err != nil {
		return err
	}
	tmp := filepath.Join(cache, "run") // of which one that was killed has left what is there
	if err := errors.Join(os.RemoveAll(tmp), os.Mkdir(tmp, 0o755)); err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	d := &debian{dir: cache, tmp: tmp, set: map[string]bool{}}
	if news {
		return facts(ctx, d, checkout, tmp)
	}
	b := &builder{checkout: checkout, dir: tmp, built: map[string]bool{}}
	results := make([]result, len(list))
	var wg sync.WaitGroup
	free := make(chan bool, atOnce)
	start := time.Now()
	for i, g := range list {
		free <- true
		wg.Go(func() {
			defer func() { <-free }()
			r := result{guest: g, err: ctx.Err()}
			if r.err == nil {
				r = show(ctx, d, b, g, set, newer, filepath.Join(logs, g.name))
			}
			results[i] = r
			if ctx.Err() == nil {
				fmt.Println(r)
			}
		})
	}
	wg.Wait()
	var errs []error
	for _, r := range results {
		if r.err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", r.guest.name, r.err))
		}
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: nothing is shown", err)
	}
	fmt.Println()
	failed := len(errs)
	err = judge(filepath.Join(checkout, "docs", "kernels.md"), results, update)
	var differ errDiffer
	errors.As(err, &differ)
	fmt.Printf("%d guests, %d with errors; %d answers differ from the table; %.0f s\n", len(list), failed, len(differ.answers), time.Since(start).Seconds())
	return errors.Join(append(errs, err)...)
}

// show fetches, builds and boots a guest.
func show(ctx context.Context, d *debian, b *builder, g guest, set string, newer bool, log string) result {
	image, err := d.kernel(ctx, g, newer)
	if err != nil {
		return result{guest: g, err: err}
	}
	userland := ""
	if set == "long" {
		if userland, err = d.userland(ctx, g); err != nil {
			return result{guest: g, err: err}
		}
	}
	jobs := g.jobs(set)
	initrd := filepath.Join(b.dir, g.name+".cpio")
	defer os.Remove(initrd)
	if err := b.initramfs(ctx, g, jobs, userland, initrd); err != nil {
		return result{guest: g, err: err}
	}
	r := boot(ctx, g, image, initrd, log, jobs, limit(jobs))
	if r.err != nil && r.boot == "" && !errors.Is(r.err, errFiles) && ctx.Err() == nil {
		fmt.Printf("%s: %v\n%s: BOOTED AGAIN\n", g.name, r.err, g.name)
		r = boot(ctx, g, image, initrd, log, jobs, limit(jobs))
		if r.err != nil && r.boot == "" {
			r.err = fmt.Errorf("%w\n(remove %s to have its kernel fetched again)", r.err, filepath.Dir(image))
		}
	}
	return r
}

// String returns a line: the guest, seconds and how it went.
func (r result) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-14s %-22s", r.guest.name, r.release)
	if r.boot != "" {
		fmt.Fprintf(&b, " %3.0f s, %.0f of a processor: boot %s", r.took.Seconds(), r.cpu.Seconds(), r.boot)
	}
	for _, e := range r.ends {
		fmt.Fprintf(&b, ", %s %s", e.job, e.seconds)
		if e.how != "ok" {
			fmt.Fprintf(&b, " (%s)", e.how)
		}
	}
	if len(r.skips) > 0 {
		fmt.Fprintf(&b, "; %d skipped: %s", len(r.skips), strings.Join(r.skips, ", "))
	}
	if r.err != nil {
		fmt.Fprintf(&b, "\nFAIL: %s: %v", r.guest.name, r.err)
	}
	return b.String()
}
