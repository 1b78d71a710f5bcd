package main

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// readList reads the records of a csv file with those columns, without the
// comment lines at its head.
func readList(file, columns string) (records [][]string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	records, err = r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(records) == 0 || strings.Join(records[0], ",") != columns {
		return nil, fmt.Errorf("%s: first row is not %s", file, columns)
	}
	return records[1:], nil
}

// writeList writes a file for readList, headed by the sources.
func (t *table) writeList(file, columns string, records [][]string) error {
	var b strings.Builder
	for _, s := range t.sources {
		fmt.Fprintf(&b, "# %s\n", s.text)
	}
	w := csv.NewWriter(&b)
	if err := w.WriteAll(append([][]string{strings.Split(columns, ",")}, records...)); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}

const typeColumns = "entry,file,arguments"

// readTypes reads a file that writeTypes wrote.
func readTypes(file string) (types []definition, err error) {
	records, err := readList(file, typeColumns)
	for _, rec := range records {
		types = append(types, definition{rec[0], rec[1], rec[2]})
	}
	return types, err
}

// writeTypes sorts the definitions and writes them, each once.
func (t *table) writeTypes(file string) error {
	slices.SortFunc(t.types, func(a, b definition) int {
		return cmp.Or(cmp.Compare(a.entry, b.entry), cmp.Compare(a.file, b.file), cmp.Compare(a.args, b.args))
	})
	t.types = slices.Compact(t.types)
	var records [][]string
	for _, d := range t.types {
		records = append(records, []string{d.entry, d.file, d.args})
	}
	return t.writeList(file, typeColumns, records)
}

// A subcall is a call that a multiplexer makes: socketcall or ipc, by the
// number in its first argument.
type subcall struct {
	mux  string
	sub  uint32
	name string
	file string // of the tree
}

const subcallColumns = "mux,sub,name,file"

// muxHeaders have the numbers of the sub-calls. IPC's also has commands and
// flags of other names; DIPC (25) is none that the kernel knows (ipc/syscall.c,
// ksys_ipc).
var muxHeaders = []struct {
	mux, file string
	define    *regexp.Regexp
}{
	{"socketcall", "include/uapi/linux/net.h", regexp.MustCompile(`^#define SYS_([A-Z0-9]+)\s+([0-9]+)\s`)},
	{"ipc", "include/uapi/linux/ipc.h", regexp.MustCompile(`^#define ((?:SEM|MSG|SHM)[A-Z]+)\s+([0-9]+)$`)},
}

// readSubcalls returns the sub-calls in a tree, in the order of the headers.
func readSubcalls(dir string) (list []subcall, err error) {
	for _, h := range muxHeaders {
		n := len(list)
		err := eachLine(filepath.Join(dir, h.file), func(line string) error {
			m := h.define.FindStringSubmatch(line)
			if m == nil {
				return nil
			}
			sub, err := strconv.ParseUint(m[2], 10, 16)
			list = append(list, subcall{h.mux, uint32(sub), strings.ToLower(m[1]), h.file})
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(list) == n {
			return nil, fmt.Errorf("%s: no sub-calls of %s", filepath.Join(dir, h.file), h.mux)
		}
	}
	return list, nil
}

// readMux reads a file that writeSubcalls wrote.
func readMux(file string) (list []subcall, err error) {
	records, err := readList(file, subcallColumns)
	if err != nil {
		return nil, err
	}
	for _, rec := range records {
		sub, err := strconv.ParseUint(rec[1], 10, 16)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		list = append(list, subcall{rec[0], uint32(sub), rec[2], rec[3]})
	}
	return list, nil
}

func (t *table) writeSubcalls(file string) error {
	var records [][]string
	for _, s := range t.subcalls {
		records = append(records, []string{s.mux, strconv.Itoa(int(s.sub)), s.name, s.file})
	}
	return t.writeList(file, subcallColumns, records)
}
