package image

import (
	"debug/elf"
	"debug/gosym"
	"encoding/binary"
	"slices"
	"strings"
)

// findFuncs divides the code into functions: by Go's table, which remains in stripped files, by
// symbols, and by the table for unwinding. What these do not have is a function without a name.
func (img *Image) findFuncs(f *elf.File) {
	starts := map[uint64]Func{}
	add := func(fn Func) {
		fn.Entry, fn.End = fn.Entry+img.base, fn.End+img.base
		if old, there := starts[fn.Entry]; img.IsCode(fn.Entry) && (!there || old.Name == "" || fn.Go && !old.Go) {
			starts[fn.Entry] = fn
		}
	}
	symbols, _ := f.Symbols()
	dynamic, _ := f.DynamicSymbols()
	text := uint64(0)
	for _, s := range slices.Concat(symbols, dynamic) {
		if s.Name == "runtime.text" {
			text = s.Value
		}
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC && s.Section != elf.SHN_UNDEF {
			add(Func{Name: s.Name, Entry: s.Value, End: s.Value + s.Size})
		}
	}
	if img.Go != "" {
		for _, fn := range img.goFuncs(f, text) {
			add(fn)
		}
	}
	for _, entry := range img.unwound(f) {
		if entry%16 == 15 { // that of a handler's return, which begins one byte before its code
			entry++
		}
		add(Func{Entry: entry})
	}
	add(Func{Entry: f.Entry})
	list := make([]Func, 0, len(starts))
	for _, fn := range starts {
		list = append(list, fn)
	}
	slices.SortFunc(list, func(a, b Func) int {
		if a.Entry < b.Entry {
			return -1
		}
		return 1
	})
	img.Funcs = img.filled(list)
}

// filled makes functions end where the next one begins, and adds what is before the first one
// of each section.
func (img *Image) filled(list []Func) []Func {
	var all []Func
	for _, c := range img.chunks {
		if !c.code {
			continue
		}
		end := c.addr + uint64(len(c.data))
		lo, _ := slices.BinarySearchFunc(list, c.addr, compareEntry)
		hi, _ := slices.BinarySearchFunc(list, end, compareEntry)
		own := list[lo:hi]
		if len(own) == 0 || own[0].Entry != c.addr {
			all = append(all, Func{Entry: c.addr, End: end})
		}
		all = append(all, own...)
		for i := len(all) - 1; i >= 0 && all[i].Entry >= c.addr; i-- {
			if all[i].Go && c.addr < all[i].End && all[i].End < end {
				align := img.Machine.Align
				if from := (all[i].End + align - 1) / align * align; from < nextEntry(all, i, end) {
					rest := Func{Entry: from, End: nextEntry(all, i, end)}
					all = slices.Insert(all, i+1, rest)
				}
				continue
			}
			all[i].End = nextEntry(all, i, end)
		}
	}
	return all
}

func compareEntry(f Func, a uint64) int {
	switch {
	case f.Entry < a:
		return -1
	case f.Entry > a:
		return 1
	}
	return 0
}

func nextEntry(all []Func, i int, end uint64) uint64 {
	if i+1 < len(all) {
		return min(all[i+1].Entry, end)
	}
	return end
}

// goFuncs returns the functions of Go's table (runtime/symtab.go). Their addresses are relative to
// the text of Go, which begins at an address, or if that is 0 where the table of the module says it.
func (img *Image) goFuncs(f *elf.File, text uint64) (list []Func) {
	for _, s := range f.Sections {
		if !strings.HasSuffix(s.Name, ".gopclntab") {
			continue
		}
		data, err := s.Data()
		if err != nil {
			return nil
		}
		if text == 0 {
			text = img.goText(s.Addr)
		}
		if section := f.Section(".text"); text == 0 && section != nil {
			text = section.Addr
		}
		table, err := gosym.NewTable(nil, gosym.NewLineTable(data, text))
		if err != nil {
			return nil
		}
		args := goArgs(data)
		for i := range table.Funcs {
			fn := &table.Funcs[i]
			list = append(list, Func{Name: fn.Name, Entry: fn.Entry, End: fn.End, Go: true, Args: args[fn.Entry-text]})
		}
	}
	return list
}

// goArgs returns how many bytes of the stack functions are given for arguments and results, by
// the distance of functions from the text (runtime.pcHeader, functab, and _func, since Go 1.18).
func goArgs(table []byte) map[uint64]int {
	const header, word = 8, 8
	order := binary.LittleEndian
	if len(table) < header+8*word {
		return nil
	}
	if magic := order.Uint32(table); magic != 0xfffffff0 && magic != 0xfffffff1 || table[7] != word {
		return nil
	}
	count, start := order.Uint64(table[header:]), order.Uint64(table[header+7*word:])
	if start > uint64(len(table)) {
		return nil
	}
	funcs := table[start:]
	args := map[uint64]int{}
	for i := uint64(0); i < count && 8*i+8 <= uint64(len(funcs)); i++ {
		at := uint64(order.Uint32(funcs[8*i+4:]))
		if at+12 > uint64(len(funcs)) {
			break
		}
		if n := int32(order.Uint32(funcs[at+8:])); n >= 0 {
			args[uint64(order.Uint32(funcs[8*i:]))] = int(n) + 1
		}
	}
	return args
}

// Words of runtime.moduledata (runtime/symtab.go): it begins with the address of the table of
// functions; after six slices and an address come minpc, maxpc, text and etext.
const (
	minPCWord = 1 + 6*3 + 1
	textWord  = minPCWord + 2
)

// goText returns where the text of Go begins, by the module whose table of functions is at an
// address, or 0.
func (img *Image) goText(table uint64) uint64 {
	table += img.base
	found := uint64(0)
	img.eachWord(func(place, v uint64) {
		if v != table || found != 0 {
			return
		}
		var pc [4]uint64
		for i := range pc {
			pc[i] = img.Word(place + 8*uint64(minPCWord+i))
		}
		if pc[2] <= pc[0] && pc[0] < pc[1] && pc[1] <= pc[3] && img.IsCode(pc[2]) && img.IsCode(pc[0]) {
			found = pc[2] - img.base
		}
	})
	return found
}

// unwound returns where functions begin by the table for unwinding (Linux Standard Base,
// .eh_frame_hdr), in its one form that linkers write.
func (img *Image) unwound(f *elf.File) (list []uint64) {
	s := f.Section(".eh_frame_hdr")
	if s == nil {
		return nil
	}
	b, err := s.Data()
	if err != nil || len(b) < 12 || b[0] != 1 || b[2] != 0x03 || b[3] != 0x3b {
		return nil
	}
	n := uint64(binary.LittleEndian.Uint32(b[8:]))
	for i := uint64(0); i < n && 12+8*i+8 <= uint64(len(b)); i++ {
		list = append(list, s.Addr+uint64(int64(int32(binary.LittleEndian.Uint32(b[12+8*i:])))))
	}
	return list
}

// Split divides functions that are not Go functions at the given addresses, where other
// functions begin.
func (img *Image) Split(entries []uint64) {
	starts := slices.Clone(entries)
	slices.Sort(starts)
	starts = slices.Compact(starts)
	var all []Func
	for _, f := range img.Funcs {
		i, _ := slices.BinarySearch(starts, f.Entry+1)
		for ; !f.Go && i < len(starts) && starts[i] < f.End; i++ {
			all = append(all, Func{Name: f.Name, Entry: f.Entry, End: starts[i], Part: f.Part})
			f = Func{Entry: starts[i], End: f.End, Part: true}
		}
		all = append(all, f)
	}
	img.Funcs = all
}
