package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const narrowedColumns = "call,argument,width,abis,file,function,how"

// narrow applies the list of arguments that the kernel itself cuts to fewer bits
// than their types have. A line that changes nothing is an error: the call, the
// argument or the kernel is another one by now.
func (t *table) narrow(file string) error {
	records, err := readList(file, narrowedColumns)
	if err != nil {
		return err
	}
	for _, rec := range records {
		if err := t.narrowOne(rec[0], rec[1], rec[2], strings.Fields(rec[3])); err != nil {
			return fmt.Errorf("%s: %s argument %s: %w", file, rec[0], rec[1], err)
		}
		if slices.Contains(rec, "") {
			return fmt.Errorf("%s: %s argument %s: an empty column", file, rec[0], rec[1])
		}
	}
	return nil
}

func (t *table) narrowOne(call, argument, width string, on []string) error {
	arg, err := strconv.Atoi(argument)
	if err != nil || arg < 0 || arg > 5 {
		return fmt.Errorf("want an argument from 0 to 5")
	}
	to, err := parseWidths(width)
	if err != nil || len(to) != 1 {
		return fmt.Errorf("width %q is not 16, 32 or 64", width)
	}
	for _, name := range on {
		a, ok := abiOf(name)
		if !ok {
			return fmt.Errorf("unknown ABI %q", name)
		}
		i := slices.IndexFunc(t.rows, func(r row) bool { return r.abi == name && r.name == call })
		if i < 0 {
			return fmt.Errorf("%s has no such call", name)
		}
		widths, err := parseWidths(t.rows[i].widths)
		if err != nil {
			return err
		}
		for len(widths) <= arg {
			widths = append(widths, a.bits)
		}
		if widths[arg] <= to[0] {
			return fmt.Errorf("has %d bits on %s", widths[arg], name)
		}
		widths[arg] = to[0]
		t.rows[i].widths = formatWidths(widths)
	}
	return nil
}

// A release is a kernel's, major<<8 | minor; 0 is an unknown one.
type release uint16

const sinceColumns = "name,release"

// setSince reads the releases in which the calls came to each ABI, from one list
// an ABI in dir.
func (t *table) setSince(dir string) error {
	at := map[[2]string]*row{}
	for i := range t.rows {
		r := &t.rows[i]
		at[[2]string{r.abi, r.name}] = r
	}
	for _, a := range abis {
		file := filepath.Join(dir, a.name+".csv")
		records, err := readList(file, sinceColumns)
		if err != nil {
			return err
		}
		last := ""
		for _, rec := range records {
			r := at[[2]string{a.name, rec[0]}]
			switch {
			case r == nil:
				return fmt.Errorf("%s: no call %s", file, rec[0])
			case rec[0] <= last:
				return fmt.Errorf("%s: %s behind %s", file, rec[0], last)
			}
			last = rec[0]
			if r.since, err = parseRelease(rec[1]); err != nil {
				return fmt.Errorf("%s: %s: %w", file, rec[0], err)
			}
		}
	}
	return nil
}

// parseRelease reads "5.3". Kernels before 3.0 have a third number that counts.
func parseRelease(s string) (release, error) {
	before, after, _ := strings.Cut(s, ".")
	major, err1 := strconv.ParseUint(before, 10, 8)
	minor, err2 := strconv.ParseUint(after, 10, 8)
	if err1 != nil || err2 != nil || major < 3 {
		return 0, fmt.Errorf("release %q is not MAJOR.MINOR of 3.0 or newer", s)
	}
	return release(major<<8 | minor), nil
}
