package main

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// A table is what an import writes: table.csv, types.csv and mux.csv.
type table struct {
	sources  []source     // one a header line
	rows     []row        // sorted by the order of abis, then number, then name
	types    []definition // of the rows' entries
	subcalls []subcall
}

// A source says where the rows of some ABIs come from.
type source struct {
	text string // "linux 7.3.4, package such-and-such"
	abis []string
}

// A row is one call of one ABI.
type row struct {
	abi    string
	number uint32 // without the ABI's number base
	name   string
	entry  string // the kernel's function, as the tree's table names it; "" for none
	compat string // the function for 32-bit programs on a 64-bit kernel, where it differs
	widths string // "32 64": the width in bits at which the kernel reads each argument; "" if unknown

	since release // of the first kernel with the call; from another list
}

const columns = "abi,number,name,entry,compat,widths"

// readTable reads the rows that write wrote.
func readTable(file string) (*table, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t := new(table)
	r := bufio.NewReader(f)
	heads := 0
	for ; ; heads++ {
		if b, err := r.Peek(1); err != nil || b[0] != '#' {
			break
		}
		line, err := r.ReadString('\n')
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		abis, text, ok := strings.Cut(strings.TrimSpace(line[1:]), ": ")
		if !ok {
			return nil, fmt.Errorf("%s: header line %q is not # ABIS: SOURCE", file, line)
		}
		t.sources = append(t.sources, source{text, strings.Fields(abis)})
	}
	records, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(records) == 0 || strings.Join(records[0], ",") != columns {
		return nil, fmt.Errorf("%s: first row is not %s", file, columns)
	}
	for i, rec := range records[1:] {
		n, err := strconv.ParseUint(rec[1], 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, heads+i+2, err)
		}
		t.rows = append(t.rows, row{rec[0], uint32(n), rec[2], rec[3], rec[4], rec[5], 0})
	}
	return t, nil
}

// write sorts the rows and writes them to file.
func (t *table) write(file string) error {
	var b strings.Builder
	for _, s := range t.sources {
		fmt.Fprintf(&b, "# %s: %s\n", strings.Join(s.abis, " "), s.text)
	}
	t.sort()
	b.WriteString(columns + "\n")
	for _, r := range t.rows {
		fmt.Fprintf(&b, "%s,%d,%s,%s,%s,%s\n", r.abi, r.number, r.name, r.entry, r.compat, r.widths)
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}

func (t *table) sort() {
	rank := map[string]int{}
	for i, a := range abis {
		rank[a.name] = i
	}
	slices.SortFunc(t.rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(rank[a.abi], rank[b.abi]), cmp.Compare(a.number, b.number), cmp.Compare(a.name, b.name))
	})
}

// sourcesOf returns, for that ABI alone, the sources that list it.
func (t *table) sourcesOf(abi string) (list []source) {
	for _, s := range t.sources {
		if slices.Contains(s.abis, abi) {
			list = append(list, source{s.text, []string{abi}})
		}
	}
	return list
}
