package image

import (
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"
)

// link reads what the file is linked with.
func (img *Image) link(f *elf.File) error {
	img.Needed, _ = f.ImportedLibraries()
	for tag, list := range map[elf.DynTag]*[]string{elf.DT_RUNPATH: &img.RunPath, elf.DT_RPATH: &img.RPath} {
		paths, _ := f.DynString(tag)
		for _, p := range paths {
			*list = append(*list, strings.Split(p, ":")...)
		}
	}
	if len(img.RunPath) > 0 {
		img.RPath = nil // ld.so(8)
	}
	if names, _ := f.DynString(elf.DT_SONAME); len(names) > 0 {
		img.Soname = names[0]
	}
	for tag, name := range map[elf.DynTag]string{elf.DT_FILTER: "DT_FILTER", elf.DT_AUXILIARY: "DT_AUXILIARY", elf.DT_AUDIT: "DT_AUDIT", elf.DT_DEPAUDIT: "DT_DEPAUDIT"} {
		if values, _ := f.DynValue(tag); len(values) > 0 {
			return refuse("%s is linked with %s: which functions it calls is not followed", img.Name, name)
		}
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return nil // it is static
	}
	for _, s := range symbols {
		switch t := elf.ST_TYPE(s.Info); {
		case s.Section == elf.SHN_UNDEF && s.Name != "":
			img.Imports = append(img.Imports, s.Name)
		case (t == elf.STT_FUNC || t == elf.STT_GNU_IFUNC) && s.Section != elf.SHN_UNDEF:
			img.export(s.Name, s.Value+img.base, s.VersionIndex.IsHidden())
		}
	}
	slices.Sort(img.Imports)
	img.Imports = slices.Compact(img.Imports)
	return nil
}

// export adds a function for other files. Hidden ones are taken by those alone that name their version.
func (img *Image) export(name string, addr uint64, hidden bool) {
	list := img.Exports[name]
	if slices.Contains(list, addr) {
		return
	}
	if hidden {
		list = append(list, addr)
	} else {
		list = slices.Insert(list, 0, addr)
	}
	img.Exports[name] = list
}

// Relocations (System V ABI, AMD64 supplement; ELF for the Arm 64-bit architecture).
const (
	relativeAMD64, irelativeAMD64, globalAMD64, slotAMD64, absoluteAMD64 = 8, 37, 6, 7, 1
	relativeARM64, irelativeARM64, globalARM64, slotARM64, absoluteARM64 = 1027, 1032, 1025, 1026, 257
)

// relocate reads what the loader writes into data.
func (img *Image) relocate(f *elf.File) {
	img.written = map[uint64]uint64{}
	symbols, _ := f.DynamicSymbols()
	for _, s := range f.Sections {
		if s.Flags&elf.SHF_ALLOC == 0 || s.Type != elf.SHT_RELA && s.Type != relr {
			continue
		}
		img.relocated = true
		data, err := s.Data()
		if err != nil {
			continue
		}
		if s.Type == relr {
			img.relativePacked(data)
			continue
		}
		for ; len(data) >= 24; data = data[24:] {
			place, info, addend := binary.LittleEndian.Uint64(data)+img.base, binary.LittleEndian.Uint64(data[8:]), binary.LittleEndian.Uint64(data[16:])
			switch uint32(info) {
			case relativeAMD64, irelativeAMD64, relativeARM64, irelativeARM64:
				img.written[place] = addend + img.base
			case globalAMD64, slotAMD64, absoluteAMD64, globalARM64, slotARM64, absoluteARM64:
				i := int(info>>32) - 1
				if i < 0 || i >= len(symbols) {
					continue
				}
				img.Slots[place] = symbols[i].Name
				if t := uint32(info); t == absoluteAMD64 || t == absoluteARM64 {
					img.absolute = append(img.absolute, symbols[i].Name)
				}
				if t := uint32(info); symbols[i].Section != elf.SHN_UNDEF && (t == absoluteAMD64 || t == absoluteARM64) {
					img.written[place] = symbols[i].Value + addend + img.base
				}
			}
		}
	}
}

// relr is SHT_RELR (System V ABI).
const relr = 19

// relativePacked reads places of words to which the loader adds where the file is loaded: an
// address, and bits for the words after it.
func (img *Image) relativePacked(data []byte) {
	add := func(place uint64) {
		if v, ok := img.Initial(place+img.base, 8); ok {
			img.written[place+img.base] = v + img.base
		}
	}
	next := uint64(0)
	for ; len(data) >= 8; data = data[8:] {
		v := binary.LittleEndian.Uint64(data)
		if v&1 == 0 {
			add(v)
			next = v + 8
			continue
		}
		for bit := uint64(0); bit < 63; bit++ {
			if v>>(bit+1)&1 != 0 {
				add(next + 8*bit)
			}
		}
		next += 63 * 8
	}
}

// eachWord calls see for each word of data that may be an address, and its place. Of a file that may
// be loaded anywhere these are the words that the loader writes.
func (img *Image) eachWord(see func(place, v uint64)) {
	for place, v := range img.written {
		see(place, v)
	}
	if !img.Fixed && img.relocated {
		return
	}
	for i := range img.chunks {
		c := &img.chunks[i]
		if c.code || c.table {
			continue
		}
		step := 1 // of packed structures
		if img.Go != "" {
			step = 8
		}
		for at := int(-c.addr & uint64(step-1)); at+8 <= len(c.data); at += step {
			if v := binary.LittleEndian.Uint64(c.data[at:]); v >= 4096 && v < span {
				see(c.addr+uint64(at), v+img.base)
			}
		}
	}
}

// Word returns a word of data, or 0.
func (img *Image) Word(place uint64) uint64 {
	if v, there := img.written[place]; there {
		return v
	}
	v, ok := img.Initial(place, 8)
	if !ok {
		return 0
	}
	return v + img.base
}

// findPointers finds addresses of code in data: words that are one, and what the loader
// writes.
func (img *Image) findPointers() {
	img.eachWord(func(place, v uint64) {
		if !img.IsCode(v) {
			return
		}
		// In packed structures, only what looks like a function: other bytes may look like addresses.
		if fn := img.Func(v); place%8 != 0 && v%16 != 0 && (fn < 0 || img.Funcs[fn].Entry != v) {
			return
		}
		img.Pointers = append(img.Pointers, v)
	})
	slices.Sort(img.Pointers)
	img.Pointers = slices.Compact(img.Pointers)
}
