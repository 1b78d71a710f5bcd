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
	for _, tag := range []elf.DynTag{elf.DT_RUNPATH, elf.DT_RPATH} {
		paths, _ := f.DynString(tag)
		for _, p := range paths {
			img.RunPath = append(img.RunPath, strings.Split(p, ":")...)
		}
	}
	if names, _ := f.DynString(elf.DT_SONAME); len(names) > 0 {
		img.Soname = names[0]
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
			img.Exports[s.Name] = s.Value + img.base
		}
	}
	slices.Sort(img.Imports)
	img.Imports = slices.Compact(img.Imports)
	return nil
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
		if s.Type != elf.SHT_RELA || s.Flags&elf.SHF_ALLOC == 0 {
			continue
		}
		data, err := s.Data()
		if err != nil {
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
				if t := uint32(info); symbols[i].Section != elf.SHN_UNDEF && (t == absoluteAMD64 || t == absoluteARM64) {
					img.written[place] = symbols[i].Value + addend + img.base
				}
			}
		}
	}
}

// eachWord calls see for each word of data that may be an address, and its place.
func (img *Image) eachWord(see func(place, v uint64)) {
	for i := range img.chunks {
		c := &img.chunks[i]
		if c.code || c.table {
			continue
		}
		for at := int(-c.addr & 7); at+8 <= len(c.data); at += 8 {
			if v := binary.LittleEndian.Uint64(c.data[at:]); v >= 4096 && v < span {
				see(c.addr+uint64(at), v+img.base)
			}
		}
	}
	for place, v := range img.written {
		see(place, v)
	}
}

// word returns a word of data, 0 if there is none.
func (img *Image) word(place uint64) uint64 {
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
	img.eachWord(func(_, v uint64) {
		if img.IsCode(v) {
			img.Pointers = append(img.Pointers, v)
		}
	})
	slices.Sort(img.Pointers)
	img.Pointers = slices.Compact(img.Pointers)
}
