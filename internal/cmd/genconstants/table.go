package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// A table is table.csv: where the constants come from, and their values.
type table struct {
	source    string
	constants []constant // by name
}

// A constant has a value on each ABI that has it.
type constant struct {
	name   string
	values map[string]uint64 // by ABI
}

// A row is a value of a constant, or with none that ABIs lack it.
type row struct {
	name string
	abis []string // nil for all that no other row of the name has
	has  bool
	n    uint64
}

// rows returns the constant's rows: first the one for most ABIs, then the others
// in the order of their first ABI.
func (c constant) rows() []row {
	var rows []row
	for _, a := range abis {
		n, has := c.values[a.name]
		i := slices.IndexFunc(rows, func(r row) bool { return r.has == has && r.n == n })
		if i < 0 {
			i, rows = len(rows), append(rows, row{name: c.name, has: has, n: n})
		}
		rows[i].abis = append(rows[i].abis, a.name)
	}
	most := 0
	for i := range rows {
		if len(rows[i].abis) > len(rows[most].abis) {
			most = i
		}
	}
	first := rows[most]
	rows = slices.Delete(rows, most, most+1)
	if first.abis = nil; !first.has {
		return rows
	}
	return append([]row{first}, rows...)
}

// lost are the names that the headers had and lost. They stay in the table, so that profiles with them do.
var lost = []string{"PER_HPUX"} // before 7.3

// keep adds the constants of an older table that are in lost, and fails for others that t lacks, or lacks on an ABI.
func (t *table) keep(old *table) error {
	var missing []string
	for _, c := range old.constants {
		at, found := slices.BinarySearchFunc(t.constants, c.name, func(c constant, name string) int { return strings.Compare(c.name, name) })
		switch {
		case found:
			for _, a := range abis {
				_, had := c.values[a.name]
				if _, has := t.constants[at].values[a.name]; had && !has {
					missing = append(missing, c.name+" of "+a.name)
				}
			}
		case slices.Contains(lost, c.name):
			t.constants = slices.Insert(t.constants, at, c)
		default:
			missing = append(missing, c.name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("table.csv has what %s lacks: %s: see where the headers have it, or add it to lost in table.go", t.source, strings.Join(missing, " "))
	}
	return nil
}

// write writes the table to a file.
func (t *table) write(file string) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n", t.source)
	w := csv.NewWriter(&b)
	w.Write([]string{"name", "abis", "value"})
	for _, c := range t.constants {
		for _, r := range c.rows() {
			value := ""
			if r.has {
				value = fmt.Sprintf("%#x", r.n)
			}
			w.Write([]string{r.name, strings.Join(r.abis, " "), value})
		}
	}
	if w.Flush(); w.Error() != nil {
		return w.Error()
	}
	return os.WriteFile(file, b.Bytes(), 0o644)
}

// readTable reads the file that write writes.
func readTable(file string) (*table, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	head, rest, _ := bytes.Cut(text, []byte("\n"))
	source, ok := strings.CutPrefix(string(head), "# ")
	if !ok {
		return nil, fmt.Errorf("%s: the first line does not say where the constants come from", file)
	}
	records, err := csv.NewReader(bytes.NewReader(rest)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	t := &table{source: source}
	var rows []row
	for i, f := range records[min(1, len(records)):] {
		r := row{name: f[0], abis: strings.Fields(f[1]), has: f[2] != ""}
		if r.has {
			if r.n, err = strconv.ParseUint(f[2], 0, 64); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, i+3, err)
			}
		}
		if len(rows) > 0 && rows[0].name != r.name {
			if err := t.add(rows); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, i+2, err)
			}
			rows = nil
		}
		rows = append(rows, r)
	}
	return t, t.add(rows)
}

// add adds the constant of which these are all rows.
func (t *table) add(rows []row) error {
	if len(rows) == 0 {
		return fmt.Errorf("no constants")
	}
	c := constant{rows[0].name, map[string]uint64{}}
	if n := len(t.constants); n > 0 && t.constants[n-1].name >= c.name {
		return fmt.Errorf("%s is not after %s", c.name, t.constants[n-1].name)
	}
	seen := map[string]bool{}
	for _, r := range rows {
		for _, a := range r.abis {
			if seen[a] || !slices.ContainsFunc(abis, func(b abi) bool { return b.name == a }) {
				return fmt.Errorf("%s: the ABI %q twice, or unknown", c.name, a)
			}
			if seen[a] = true; r.has {
				c.values[a] = r.n
			}
		}
	}
	for i, r := range rows {
		if len(r.abis) > 0 {
			continue
		}
		if i > 0 || !r.has {
			return fmt.Errorf("%s: only the first row can be for all other ABIs, with a value", c.name)
		}
		for _, a := range abis {
			if !seen[a.name] {
				c.values[a.name] = r.n
			}
		}
	}
	t.constants = append(t.constants, c)
	return nil
}
