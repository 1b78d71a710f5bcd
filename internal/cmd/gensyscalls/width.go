package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// setWidths derives the widths of every row from the definitions of its entry.
func (t *table) setWidths() error {
	byEntry := map[string][]definition{}
	for _, d := range t.types {
		byEntry[d.entry] = append(byEntry[d.entry], d)
	}
	for i := range t.rows {
		r := &t.rows[i]
		a, ok := abiOf(r.abi)
		if !ok {
			return fmt.Errorf("%s of unknown ABI %q", r.name, r.abi)
		}
		widths, err := a.widths(r, byEntry)
		if err != nil {
			return err
		}
		r.widths = formatWidths(widths)
	}
	return nil
}

// widths returns the width at which the kernel reads each argument of a call:
// that which all definitions that its entry can mean give, else the ABI's
// greatest. Nil means that nothing is known. A program of a 32-bit ABI may run
// on a 64-bit kernel, by the compat entry, and 31-bit s390's do nowhere else.
func (a abi) widths(r *row, byEntry map[string][]definition) (widths []int, err error) {
	entries := []string{r.entry}
	if a.bits == 32 && r.compat != "" {
		entries = append(entries, r.compat)
		if r.entry == "" {
			entries = entries[1:]
		}
	}
	var lists [][]int
	for _, entry := range entries {
		known := false
		for _, d := range byEntry[entry] {
			if !a.reaches(d.file) {
				continue
			}
			list, err := a.widthsOf(d)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", d.file, d.entry, err)
			}
			lists, known = append(lists, list), true
		}
		if !known {
			return nil, nil // assembly, or a plain C function
		}
	}
	for i := range 6 {
		w, read := 0, false
		for j, list := range lists {
			v := a.bits
			if i < len(list) {
				v, read = list[i], true
			}
			if j > 0 && v != w {
				v = a.bits
			}
			w = v
		}
		if !read {
			break
		}
		widths = append(widths, w)
	}
	return widths, nil
}

// reaches reports whether a kernel of the ABI can have a definition of file.
func (a abi) reaches(file string) bool {
	return !strings.HasPrefix(file, "arch/") || slices.ContainsFunc(a.dirs, func(d string) bool { return strings.HasPrefix(file, d+"/") })
}

// widthsOf returns the widths of one definition. On a 32-bit ABI they end where
// a 64-bit argument shifts the registers.
func (a abi) widthsOf(d definition) (list []int, err error) {
	regs, err := registers(d.args)
	if err != nil {
		return nil, err
	}
	for _, r := range regs {
		if a.bits == 32 && wide[r.ctype] {
			break
		}
		list = append(list, min(r.width, a.bits))
	}
	return list, nil
}

func formatWidths(widths []int) string {
	var words []string
	for _, w := range widths {
		words = append(words, strconv.Itoa(w))
	}
	return strings.Join(words, " ")
}

// parseWidths reads the widths column.
func parseWidths(s string) (widths []int, err error) {
	for _, f := range strings.Fields(s) {
		switch f {
		case "16", "32", "64":
			w, _ := strconv.Atoi(f)
			widths = append(widths, w)
		default:
			return nil, fmt.Errorf("width %q is not 16, 32 or 64", f)
		}
	}
	if len(widths) > 6 {
		return nil, fmt.Errorf("%d widths for 6 arguments", len(widths))
	}
	return widths, nil
}

// pack returns widths in two bits an argument, the first lowest: 0 for the
// ABI's greatest width, 1 for 32 bits, 2 for 16.
func (a abi) pack(widths []int) (code int, err error) {
	for i, w := range widths {
		switch {
		case w > a.bits:
			return 0, fmt.Errorf("%d bits on %s", w, a.name)
		case w == a.bits:
		case w == 32:
			code |= 1 << (2 * i)
		case w == 16:
			code |= 2 << (2 * i)
		}
	}
	return code, nil
}
