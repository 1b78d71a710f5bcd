package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A definition is one SYSCALL_DEFINE or a relative of it.
type definition struct {
	entry string // the symbol that it defines, as .tbl files name it
	file  string // in the tree
	args  string // "int fd, const char __user * buf", and "void" for none; pairs stay as they are
}

// An argument is one register's.
type argument struct {
	ctype string
	width int // of the type
}

// defines says which symbols a macro defines. SYSCALL32_DEFINE
// (include/linux/syscalls.h) and PPC32_SYSCALL_DEFINE
// (arch/powerpc/kernel/sys_ppc32.c) are the first on 32-bit kernels and the
// second on 64-bit ones.
var defines = map[string][]string{
	"SYSCALL_DEFINE":        {"sys_"},
	"COMPAT_SYSCALL_DEFINE": {"compat_sys_"},
	"SYSCALL32_DEFINE":      {"sys_", "compat_sys_"},
	"PPC32_SYSCALL_DEFINE":  {"sys_", "compat_sys_"},
}

// notKernel are the top directories of a tree that hold no calls of any ABI;
// arch has those of the machines, which readDefinitions takes one by one.
var notKernel = []string{"Documentation", "arch", "samples", "scripts", "tools", "usr"}

// readDefinitions returns the definitions in a tree that an ABI of abis can
// reach: those outside arch, and those of the ABIs' own machines.
func readDefinitions(dir string) (all []definition, err error) {
	tops, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var roots []string
	for _, e := range tops {
		if e.IsDir() && !slices.Contains(notKernel, e.Name()) {
			roots = append(roots, e.Name())
		}
	}
	for _, a := range abis {
		roots = append(roots, a.dirs...)
	}
	slices.Sort(roots)
	for _, root := range slices.Compact(roots) {
		err := filepath.WalkDir(filepath.Join(dir, root), func(file string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() || filepath.Ext(file) != ".c" {
				return err
			}
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(dir, file)
			if err != nil {
				return err
			}
			found, line, err := scan(text, filepath.ToSlash(rel))
			if err != nil {
				return fmt.Errorf("%s:%d: %w", file, line, err)
			}
			all = append(all, found...)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

var (
	macro   = regexp.MustCompile(`(?m)^[ \t]*([A-Z0-9_]*SYSCALL[A-Z0-9_]*DEFINE)([0-6])\(`)
	comment = regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*`)
)

// scan returns the definitions in a file, whatever the #ifdefs around them, or
// an error and its line.
func scan(text []byte, file string) (found []definition, line int, err error) {
	if !bytes.Contains(text, []byte("SYSCALL")) {
		return nil, 0, nil
	}
	for _, m := range macro.FindAllSubmatchIndex(text, -1) {
		line := 1 + bytes.Count(text[:m[2]], []byte("\n"))
		list, ok := parenthesised(string(text[m[1]:]))
		if !ok {
			return nil, line, fmt.Errorf("no ) behind %s", text[m[2]:m[5]])
		}
		prefixes, ok := defines[string(text[m[2]:m[3]])]
		if !ok {
			return nil, line, fmt.Errorf("unknown macro %s", text[m[2]:m[5]])
		}
		items := splitList(comment.ReplaceAllString(list, " "))
		name := items[0]
		args, err := joinPairs(items[1:])
		if err != nil {
			return nil, line, fmt.Errorf("%s: %w", name, err)
		}
		regs, err := registers(args)
		if err != nil {
			return nil, line, fmt.Errorf("%s: %w", name, err)
		}
		if want := int(text[m[4]] - '0'); len(regs) != want {
			return nil, line, fmt.Errorf("%s: %d arguments, want %d", name, len(regs), want)
		}
		for _, p := range prefixes {
			found = append(found, definition{p + name, file, args})
		}
	}
	return found, 0, nil
}

// parenthesised returns s up to the ) that is not paired in it.
func parenthesised(s string) (string, bool) {
	depth := 0
	for i, c := range s {
		switch {
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case c == ')':
			return s[:i], true
		}
	}
	return "", false
}

// splitList returns the items of a list without excess space.
func splitList(s string) []string {
	items := strings.Split(s, ",")
	for i, item := range items {
		items[i] = strings.Join(strings.Fields(item), " ")
	}
	return items
}

// joinPairs turns TYPE, NAME, TYPE, NAME into "TYPE NAME, TYPE NAME".
func joinPairs(items []string) (string, error) {
	var args []string
	for len(items) > 0 {
		if name, _, ok := strings.Cut(items[0], "("); ok && pairs[name] {
			args, items = append(args, items[0]), items[1:]
			continue
		}
		if len(items) == 1 {
			return "", fmt.Errorf("type %q without a name", items[0])
		}
		args, items = append(args, items[0]+" "+items[1]), items[2:]
	}
	return cmp.Or(strings.Join(args, ", "), "void"), nil
}

// registers returns the arguments of a definition, one for each register of 64
// bits.
func registers(args string) (regs []argument, err error) {
	if args == "void" {
		return nil, nil
	}
	for i, arg := range splitList(args) {
		if name, _, ok := strings.Cut(arg, "("); ok && pairs[name] {
			regs = append(regs, argument{"u32", 32}, argument{"u32", 32})
			continue
		}
		ctype, _, ok := cutLast(arg, " ")
		if !ok {
			return nil, fmt.Errorf("argument %q is not TYPE NAME", arg)
		}
		w, err := ctypeWidth(ctype)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i, err)
		}
		regs = append(regs, argument{ctype, w})
	}
	return regs, nil
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
