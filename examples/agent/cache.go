package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
)

// compiled returns the filter of a profile, and its fingerprint, which names the filter in
// the cache: profiles that mean the same share one. A filter from the cache is proved to
// mean what the profile says, as a compiled one is. So a cache that cannot be used costs
// time only, and standard error says so.
func compiled(p *profile.Profile, target profile.Target) (f *compile.Filter, fingerprint [32]byte, err error) {
	res, err := p.Resolve(target)
	if err == nil {
		fingerprint, err = compile.Fingerprint(res.Policy())
	}
	if err != nil {
		return nil, fingerprint, err
	}
	file := filepath.Join(*cache, fmt.Sprintf("%x.bpf", fingerprint))
	raw, cached := readFilter(file)
	if cached == nil {
		if f, err = compile.LoadBytes(raw, target.Arch); err == nil && compile.Verify(f, res.Policy()) == nil {
			return f, fingerprint, nil
		}
	}
	f, err = compile.Resolution(res, compile.Options{Optimal: true})
	if err != nil {
		return nil, fingerprint, err
	}
	if err := writeFilter(file, f.Bytes()); err != nil {
		fmt.Fprintln(os.Stderr, "agent: the filter is not in the cache:", err)
	}
	return f, fingerprint, nil
}

// readFilter reads a regular file that is not larger than a filter. It does not follow a
// link and does not wait for a pipe.
func readFilter(file string) ([]byte, error) {
	f, err := os.OpenFile(file, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	const most = unix.BPF_MAXINSNS * unix.SizeofSockFilter
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > most:
		return nil, errors.New(file + " is not a filter")
	}
	return io.ReadAll(io.LimitReader(f, most))
}

// writeFilter replaces a file by a new one, or leaves it as it is.
func writeFilter(file string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".filter-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
