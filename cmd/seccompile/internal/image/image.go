// Package image reads a program's file: its machine code by functions, its constant data, and
// the addresses of code in its data.
package image

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/cmd/seccompile/internal/machine"
)

// maxBytes is how much of a file is read: code and data.
const maxBytes = 1 << 30

// An Image is a program or a library.
type Image struct {
	Arch    arch.Arch
	Machine *machine.Machine
	Go      string   // the release of Go that built it, or ""
	Interp  string   // the dynamic loader, or ""
	Needed  []string // the libraries that it is linked with
	RunPath []string // where they are, first
	RPath   []string // the same, also of the libraries' own libraries
	Soname  string
	Entry   uint64

	Funcs []Func // by address; they do not overlap

	// Imports are the names of symbols of other files; Exports has the addresses of functions
	// for other files, by name.
	Imports []string
	Exports map[string][]uint64 // of several versions, the one that is taken without a version first

	// Slots are places in memory which the loader fills with the address of a symbol. After Link,
	// Targets has these addresses, as far as they are functions of files that are linked.
	Slots   map[uint64]string
	Targets map[uint64]uint64

	Files     []*Image // of which this one was linked, itself first; nil before Link
	Name      string
	Roots     []uint64 // functions that the kernel or the loader calls
	ExecStack bool     // its stack is executable
	Doubts    []string // why what was linked may not be what the loader links
	Fixed     bool     // it is loaded at its own addresses
	Whole     bool     // any of its functions may be reached, by exceptions: it has their tables, and no symbols

	// Pointers are addresses of code that stand in data, ascending.
	Pointers []uint64

	base      uint64
	got       uint64      // the address of the table of addresses, or 0
	exec      [][2]uint64 // what the kernel maps as code
	chunks    []chunk
	relocated bool              // it has tables for the loader
	absolute  []string          // symbols whose addresses stand in data
	written   map[uint64]uint64 // what the loader writes into data, by place
}

// A Func is a function, or the code between two functions.
type Func struct {
	Name  string // "" if it is not known
	Entry uint64
	End   uint64
	Go    bool // compiled or assembled for Go
	Part  bool // it was made by Split
	Args  int  // of Go: one more than the bytes of the caller's stack that it may write; 0 if they are not known
}

// A chunk is a part of memory as the file has it.
type chunk struct {
	addr  uint64
	data  []byte
	code  bool
	fixed bool // nothing changes it
	table bool // what the linker has written for others than the program: addresses in it are not used by it
}

// A Refusal says why a file cannot be analyzed.
type Refusal struct{ Why string }

func (r *Refusal) Error() string { return r.Why }

func refuse(format string, args ...any) error { return &Refusal{fmt.Sprintf(format, args...)} }

// Open reads a program or a library. Its name is for messages.
func Open(name string, r io.ReaderAt) (*Image, error) { return openAt(name, r, 0) }

// openAt is Open for a file that is loaded base bytes beyond its own addresses.
func openAt(name string, r io.ReaderAt, base uint64) (*Image, error) {
	head := make([]byte, 4096)
	n, err := r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("#!")):
		line, _, _ := strings.Cut(string(head[2:]), "\n")
		return nil, refuse("a script: %s runs it, and calls for it", strings.TrimSpace(line))
	case !bytes.HasPrefix(head, []byte(elf.ELFMAG)):
		return nil, refuse("no ELF file, which programs of Linux are")
	case bytes.Contains(head, []byte("UPX!")):
		return nil, refuse("packed by UPX: its code is not in the file (upx -d unpacks it)")
	}
	f, err := elf.NewFile(r)
	if err != nil {
		return nil, refuse("a faulty ELF file: %v", err)
	}
	img := &Image{Name: name, Entry: f.Entry + base, base: base, Exports: map[string][]uint64{}, Slots: map[uint64]string{}}
	switch {
	case f.Machine == elf.EM_X86_64 && f.Class == elf.ELFCLASS64:
		img.Arch = arch.X86_64
	case f.Machine == elf.EM_AARCH64 && f.Class == elf.ELFCLASS64 && f.Data == elf.ELFDATA2LSB:
		img.Arch = arch.AArch64
	default:
		return nil, refuse("code for %v of %v: that of x86_64 and aarch64 can be read", f.Machine, f.Class)
	}
	if f.Type != elf.ET_EXEC && f.Type != elf.ET_DYN {
		return nil, refuse("a file of type %v: programs and libraries can be read", f.Type)
	}
	img.Machine = machine.Of(img.Arch)
	if info, err := buildinfo.Read(r); err == nil {
		img.Go = info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "-buildmode" && (s.Value == "plugin" || s.Value == "shared" || s.Value == "c-archive") {
				return nil, refuse("a Go %s: what loads it decides what it calls", s.Value)
			}
		}
	}
	if err := img.load(f); err != nil {
		return nil, err
	}
	if err := img.link(f); err != nil {
		return nil, err
	}
	img.Fixed = f.Type == elf.ET_EXEC
	for _, name := range []string{".got", ".got.plt"} {
		if s := f.Section(name); s != nil {
			img.got = s.Addr + base
		}
	}
	symbols, _ := f.Symbols()
	img.Whole = f.Section(".gcc_except_table") != nil && len(symbols) == 0 && img.Interp == "" && len(img.Needed) == 0
	img.relocate(f)
	img.findFuncs(f)
	img.findPointers()
	if f.Entry != 0 {
		img.Roots = append(img.Roots, img.Entry)
	}
	if base == 0 && img.Interp == "" && (img.Soname != "" || f.Entry == 0) {
		// A library by itself: whoever loads it may call what it has for others.
		for _, addrs := range img.Exports {
			img.Pointers = append(img.Pointers, addrs...)
		}
		slices.Sort(img.Pointers)
	}
	for _, tag := range []elf.DynTag{elf.DT_INIT, elf.DT_FINI} {
		if addrs, _ := f.DynValue(tag); len(addrs) > 0 {
			img.Roots = append(img.Roots, addrs[0]+base)
		}
	}
	return img, nil
}

// load reads what the file has of memory.
func (img *Image) load(f *elf.File) error {
	total := uint64(0)
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			b := make([]byte, min(p.Filesz, 4096))
			if _, err := p.ReadAt(b, 0); err == nil {
				img.Interp = string(bytes.TrimRight(b, "\x00"))
			}
		}
		if p.Type == elf.PT_GNU_STACK && p.Flags&elf.PF_X != 0 {
			img.ExecStack = true
		}
		if p.Type != elf.PT_LOAD {
			continue
		}
		if p.Flags&(elf.PF_W|elf.PF_X) == elf.PF_W|elf.PF_X {
			return refuse("memory that is writable and executable: its code may be made or unpacked as it runs")
		}
		if p.Flags&elf.PF_X != 0 {
			img.exec = append(img.exec, [2]uint64{p.Vaddr + img.base, p.Vaddr + p.Memsz + img.base})
		}
		if total += p.Filesz; total > maxBytes {
			return refuse("more than %d bytes of code and data", maxBytes)
		}
	}
	add := func(addr uint64, data []byte, flags elf.ProgFlag, table bool) {
		img.chunks = append(img.chunks, chunk{addr + img.base, data, flags&elf.PF_X != 0, flags&elf.PF_W == 0, table})
	}
	sections := false
	for _, s := range f.Sections {
		if s.Flags&elf.SHF_ALLOC == 0 || s.Type == elf.SHT_NOBITS || s.Size == 0 {
			continue
		}
		if total += s.FileSize; total > 2*maxBytes {
			return refuse("more than %d bytes of code and data", maxBytes)
		}
		data, err := s.Data()
		if err != nil {
			return refuse("its section %s cannot be read: %v", s.Name, err)
		}
		flags := elf.ProgFlag(0)
		if s.Flags&elf.SHF_EXECINSTR != 0 {
			sections, flags = true, elf.PF_X
		}
		if s.Flags&elf.SHF_WRITE != 0 {
			flags |= elf.PF_W
		}
		add(s.Addr, data, flags, isTable(&s.SectionHeader))
	}
	if !sections { // the table of sections was cut off
		img.chunks = nil
		for _, p := range f.Progs {
			if p.Type != elf.PT_LOAD || p.Filesz == 0 {
				continue
			}
			data := make([]byte, p.Filesz)
			if _, err := p.ReadAt(data, 0); err != nil {
				return refuse("it ends before its code does: %v", err)
			}
			add(p.Vaddr, data, p.Flags, false)
		}
	}
	slices.SortFunc(img.chunks, func(a, b chunk) int {
		if a.addr < b.addr {
			return -1
		}
		return 1
	})
	if !slices.ContainsFunc(img.chunks, func(c chunk) bool { return c.code }) {
		return refuse("no code")
	}
	return nil
}

// isTable reports whether a section has no data of the program itself, such as symbols.
func isTable(s *elf.SectionHeader) bool {
	switch s.Type {
	case elf.SHT_PROGBITS, elf.SHT_INIT_ARRAY, elf.SHT_FINI_ARRAY, elf.SHT_PREINIT_ARRAY:
		return strings.HasPrefix(s.Name, ".eh_frame") || strings.HasSuffix(s.Name, ".gopclntab")
	}
	return true
}

// at returns the part of memory that has an address.
func (img *Image) at(addr uint64) *chunk {
	i, found := slices.BinarySearchFunc(img.chunks, addr, func(c chunk, a uint64) int {
		switch {
		case c.addr+uint64(len(c.data)) <= a:
			return -1
		case c.addr > a:
			return 1
		}
		return 0
	})
	if !found {
		return nil
	}
	return &img.chunks[i]
}

// Code returns the code from an address on, up to another one or the end of its section.
func (img *Image) Code(addr, end uint64) []byte {
	c := img.at(addr)
	if c == nil || !c.code {
		return nil
	}
	return c.data[addr-c.addr : min(end-c.addr, uint64(len(c.data)))]
}

// IsCode reports whether an address is in code.
func (img *Image) IsCode(addr uint64) bool {
	c := img.at(addr)
	return c != nil && c.code
}

// Executable reports whether the kernel maps an address so that code may run there.
func (img *Image) Executable(addr uint64) bool {
	return slices.ContainsFunc(img.exec, func(r [2]uint64) bool { return r[0] <= addr && addr < r[1] })
}

// Constant returns 4 or 8 bytes of memory that is never written.
func (img *Image) Constant(addr uint64, size int) (uint64, bool) {
	if c := img.at(addr); c == nil || !c.fixed {
		return 0, false
	}
	return img.Initial(addr, size)
}

// Initial returns the initial value of 4 or 8 bytes of memory, if the file has it.
func (img *Image) Initial(addr uint64, size int) (uint64, bool) {
	c := img.at(addr)
	if c == nil || addr-c.addr+uint64(size) > uint64(len(c.data)) {
		return 0, false
	}
	b := c.data[addr-c.addr:]
	switch size {
	case 4:
		return uint64(binary.LittleEndian.Uint32(b)), true
	case 8:
		return binary.LittleEndian.Uint64(b), true
	}
	return 0, false
}

// Contains reports whether data or code contains a text.
func (img *Image) Contains(text string) bool {
	return slices.ContainsFunc(img.chunks, func(c chunk) bool { return bytes.Contains(c.data, []byte(text)) })
}

// Func returns the index of the function that contains an address, or -1.
func (img *Image) Func(addr uint64) int {
	i, found := slices.BinarySearchFunc(img.Funcs, addr, func(f Func, a uint64) int {
		switch {
		case f.End <= a:
			return -1
		case f.Entry > a:
			return 1
		}
		return 0
	})
	if !found {
		return -1
	}
	return i
}

// At returns the file that contains an address.
func (img *Image) At(addr uint64) *Image {
	for _, f := range img.Files {
		if addr >= f.base && addr < f.base+span {
			return f
		}
	}
	return img
}

// GOT returns the address of the global offset table of the file that contains an address.
func (img *Image) GOT(addr uint64) uint64 { return img.At(addr).got }

// Base returns how far the file is loaded beyond its own addresses.
func (img *Image) Base() uint64 { return img.base }

// IsPointer reports whether data contains an address of code.
func (img *Image) IsPointer(addr uint64) bool {
	_, found := slices.BinarySearch(img.Pointers, addr)
	return found
}
