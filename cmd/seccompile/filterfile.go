package main

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
)

// filterIn returns the filter in a file of struct sock_filter. The error says what else the
// file is, if that can be seen, where what is wanted should be.
func filterIn(raw []byte, name, wanted string, a arch.Arch) (*compile.Filter, error) {
	f, err := compile.LoadBytes(raw, a)
	what, remedy := foreignFile(raw)
	switch {
	case err == nil:
		return f, nil
	case what != "":
		return nil, fmt.Errorf("%s: %s where %s should be (%s)", name, what, wanted, remedy)
	case len(raw)%8 != 0:
		return nil, fmt.Errorf("%s: %w: is it cut off?", name, err)
	}
	return nil, fmt.Errorf("%s: %w (%s)", name, err, otherMachine(raw, a))
}

// What the files of verbs can be.
const (
	aFilter = "a compiled filter"
	aSide   = "a profile or a compiled filter"
)

// magics are how files start that are taken for filters by mistake.
var magics = []struct{ start, what, remedy string }{
	{"\x7fELF", "an ELF program", "pass what it writes, if it makes the filter; \"seccompile dump\" gets the filters of a process"},
	{"#!", "a script", "pass what it writes, if it makes the filter"},
	{"\x1f\x8b", "gzip data", "gunzip it first"},
	{"\x28\xb5\x2f\xfd", "zstd data", "decompress it first"},
	{"\xfd7zXZ\x00", "xz data", "decompress it first"},
	{"BZh", "bzip2 data", "decompress it first"},
	{"#\n# pseudo filter code start", "libseccomp's pseudo filter code", "seccomp_export_bpf writes the filter"},
}

// foreignFile says what a file is that cannot be a filter, and what to do; "" if that cannot
// be seen. No text is a filter: each code of an instruction has a zero byte.
func foreignFile(raw []byte) (what, remedy string) {
	if len(raw) == 0 {
		return "an empty file", "did the program that should write it fail?"
	}
	for _, m := range magics {
		if bytes.HasPrefix(raw, []byte(m.start)) {
			return m.what, m.remedy
		}
	}
	switch {
	case isProfile(raw):
		return "a profile", "\"seccompile compile\" makes a filter from it"
	case isText(raw):
		return "text", "a filter is binary: struct sock_filter, 8 bytes per instruction"
	}
	return "", ""
}

// isText reports whether a file has nothing but what editors show.
func isText(raw []byte) bool {
	return utf8.Valid(raw) && !bytes.ContainsFunc(raw, func(r rune) bool { return !unicode.IsPrint(r) && !unicode.IsSpace(r) })
}
