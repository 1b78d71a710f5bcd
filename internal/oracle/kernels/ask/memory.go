package main

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/arch"
)

// A callTable is an array of addresses of functions in the kernel's memory.
type callTable struct {
	abi    string // in table.csv
	symbol string
	least  int // how many entries agree on any kernel of today
}

// callTables are those of kernels whose own ABI is the key.
var callTables = map[arch.Arch][]callTable{
	arch.X86_64:   {{"x86_64", "sys_call_table", 320}, {"x32", "x32_sys_call_table", 320}, {"x86", "ia32_sys_call_table", 400}},
	arch.X86:      {{"x86", "sys_call_table", 350}},
	arch.AArch64:  {{"aarch64", "sys_call_table", 300}, {"arm", "compat_sys_call_table", 400}},
	arch.ARM:      {{"arm", "sys_call_table", 350}},
	arch.S390X:    {{"s390x", "sys_call_table", 350}, {"s390", "sys_call_table_emu", 350}},
	arch.PPC64LE:  {{"ppc64", "sys_call_table", 350}, {"ppc", "compat_sys_call_table", 350}},
	arch.RISCV64:  {{"riscv64", "sys_call_table", 300}},
	arch.MIPSEL64: {{"mips64", "sys_call_table", 320}, {"mips64n32", "sysn32_call_table", 350}, {"mips", "sys32_call_table", 350}},
	arch.MIPSEL:   {{"mips", "sys_call_table", 350}},
}

// inMemory compares the names of the functions in the kernel's tables of calls, of all ABIs, with table.csv's.
func inMemory() string {
	if !native() {
		return ""
	}
	core, err := os.Open("/proc/kcore")
	if errors.Is(err, os.ErrNotExist) {
		return "no /proc/kcore"
	}
	if err != nil {
		return err.Error()
	}
	defer core.Close()
	if err := os.WriteFile("/proc/sys/kernel/kptr_restrict", []byte("0"), 0); err != nil {
		return err.Error()
	}
	rows, err := tableRows()
	if err != nil {
		return err.Error()
	}
	names, tables, err := kallsyms()
	if err != nil {
		return err.Error()
	}
	var counts, differ []string
	for _, t := range callTables[host] {
		if span, ok := tables[t.symbol]; !ok {
			counts = append(counts, t.abi+": no "+t.symbol)
		} else if functions, err := readWords(core, span[0], span[1]); err != nil {
			counts = append(counts, t.abi+": "+err.Error())
		} else {
			count, d := t.compare(functions, names, rows)
			counts, differ = append(counts, t.abi+": "+count), append(differ, d...)
		}
	}
	return strings.Join(append(counts, differ...), "; ")
}

// compare tells how many functions have a name of the rows, and which have not. Calls that the kernel lacks, as older
// ones and some configurations do, are left out.
func (t callTable) compare(functions []uint64, names map[uint64][]string, rows [][]string) (count string, differ []string) {
	want := map[int][]string{} // the names of a number's function
	for _, row := range rows {
		nr, err := strconv.Atoi(row[1])
		if row[0] != t.abi || err != nil {
			continue
		}
		function := row[3]
		if function == "" || function == "sys_ni_syscall" { // older kernels may have it
			function = "sys_" + row[2]
		}
		want[nr] = append(want[nr], function, row[4])
	}
	for len(functions) > 0 && names[functions[len(functions)-1]] == nil { // other memory before the next symbol
		functions = functions[:len(functions)-1]
	}
	if len(functions) == 0 {
		return "the table has no addresses of functions", nil
	}
	same, strange := 0, 0
	for nr, f := range functions {
		called := names[f]
		switch {
		case len(called) == 0:
			strange++
		case slices.Contains(called, "sys_ni_syscall"):
		case slices.ContainsFunc(called, func(s string) bool {
			// Newer kernels need fewer functions of their own for the compat ABIs.
			return slices.Contains(want[nr], s) || slices.Contains(want[nr], strings.TrimPrefix(s, "compat_"))
		}):
			same++
		default:
			shortest := slices.MinFunc(called, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
			tables := append(want[nr], "in the tables")[0]
			differ = append(differ, fmt.Sprintf("%d of %s is %s, not %s", nr, t.abi, shortest, tables))
		}
	}
	if strange > 0 {
		differ = append(differ, fmt.Sprintf("%d entries of %s are not functions", strange, t.abi))
	}
	if same < 100 {
		return fmt.Sprintf("not compared: only %d agree", same), differ
	}
	return enough(same, t.least), differ
}

// plain is sys_x in the names that machines and wrappers give it: __x64_sys_x, __se_sys_x and the like.
var plain = regexp.MustCompile(`(compat_)?sys_\w+$`)

// kallsyms returns the kernel's names of each address, and where each table of calls begins and the next symbol does.
func kallsyms() (names map[uint64][]string, tables map[string][2]uint64, err error) {
	f, err := os.Open("/proc/kallsyms")
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	names, tables = map[uint64][]string{}, map[string][2]uint64{}
	s := bufio.NewScanner(f)
	for s.Scan() {
		w := strings.Fields(s.Text())
		addr, err := strconv.ParseUint(w[0], 16, 64)
		if err != nil || addr == 0 || len(w) != 3 { // a module's has a fourth
			continue
		}
		names[addr] = append(names[addr], w[2])
		if p := plain.FindString(w[2]); p != "" {
			names[addr] = append(names[addr], p)
		}
		if strings.Contains(w[2], "_call_table") {
			tables[w[2]] = [2]uint64{addr, addr + 8192}
		}
	}
	for name, span := range tables {
		for addr := range names {
			if span[0] < addr && addr < span[1] {
				span[1] = addr
			}
		}
		tables[name] = span
	}
	if len(names) == 0 {
		return nil, nil, errors.New("no addresses in /proc/kallsyms")
	}
	return names, tables, s.Err()
}

// readWords reads the kernel's memory between two addresses. Package elf refuses a core with offsets of 2^63 and more, as
// riscv64's is. The program headers follow the ELF header, and have the offset, address and size of a segment in words
// 1, 2 and 4 of both classes.
func readWords(core io.ReaderAt, from, to uint64) ([]uint64, error) {
	header, segment, count := 64, 56, 56
	if wordSize == 4 {
		header, segment, count = 52, 32, 44
	}
	b := make([]byte, header)
	if _, err := core.ReadAt(b, 0); err != nil {
		return nil, err
	}
	segments := make([]byte, segment*int(binary.NativeEndian.Uint16(b[count:])))
	if _, err := core.ReadAt(segments, int64(header)); err != nil {
		return nil, err
	}
	for s := range slices.Chunk(segments, segment) {
		w := words(s)
		if offset, addr, size := w[1], w[2], w[4]; addr <= from && to-addr <= size {
			memory := make([]byte, to-from)
			_, err := core.ReadAt(memory, int64(offset+from-addr))
			return words(memory), err
		}
	}
	return nil, errors.New("not in /proc/kcore")
}

const wordSize = strconv.IntSize / 8

func words(b []byte) []uint64 {
	var w []uint64
	for ; len(b) >= wordSize; b = b[wordSize:] {
		if wordSize == 8 {
			w = append(w, binary.NativeEndian.Uint64(b))
		} else {
			w = append(w, uint64(binary.NativeEndian.Uint32(b)))
		}
	}
	return w
}
