package image

import (
	"fmt"
	"io"
	"path"
	"slices"
	"sort"
	"strings"
)

// span is how far the addresses of a file reach, and files are apart.
const span = 1 << 40

// maxFiles is how many libraries a program may have.
const maxFiles = 256

// Link adds the libraries that a program is linked with, and its loader, so that they form one
// image. Find opens a library by the name that the file by has for it; RunPath of that file says
// where to look first.
func (img *Image) Link(find func(name string, by *Image) (io.ReaderAt, string, error)) error {
	img.Files = []*Image{img}
	taken := map[string]bool{}
	add := func(name string, by *Image) error {
		if taken[name] || name == "" {
			return nil
		}
		taken[name] = true
		if len(img.Files) == maxFiles {
			return refuse("more than %d libraries", maxFiles)
		}
		r, path, err := find(name, by)
		if err != nil {
			return fmt.Errorf("%s, which %s is linked with: %w", name, by.Name, err)
		}
		lib, err := openAt(path, r, uint64(len(img.Files))*span)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", path, err)
		case lib.Arch != img.Arch:
			return refuse("%s is for %s, and %s for %s", path, lib.Arch, img.Name, img.Arch)
		}
		taken[lib.Soname] = true
		lib.RPath = append(lib.RPath, by.RPath...)
		img.Files = append(img.Files, lib)
		return nil
	}
	if err := add(img.Interp, img); err != nil {
		return err
	}
	if strings.HasPrefix(path.Base(img.Interp), "ld-musl-") { // it is the C library, too
		taken["libc.so"] = true
	}
	for i := 0; i < len(img.Files); i++ {
		for _, name := range img.Files[i].Needed {
			if err := add(name, img.Files[i]); err != nil {
				return err
			}
		}
	}
	img.join()
	return nil
}

// join makes one image of all files.
func (img *Image) join() {
	img.Targets = map[uint64]uint64{}
	resolve := func(name string) []uint64 {
		for _, f := range img.Files {
			if addrs := f.Exports[name]; len(addrs) > 0 {
				return addrs
			}
		}
		return nil
	}
	for _, f := range img.Files {
		for place, name := range f.Slots {
			if addrs := resolve(name); len(addrs) > 0 {
				img.Targets[place] = addrs[0]
				img.Pointers = append(img.Pointers, addrs[1:]...) // older versions, which some may mean
			}
		}
		for _, name := range f.absolute {
			img.Pointers = append(img.Pointers, resolve(name)...)
		}
	}
	for _, f := range img.Files[1:] {
		img.chunks = append(img.chunks, f.chunks...)
		img.exec = append(img.exec, f.exec...)
		img.Funcs = append(img.Funcs, f.Funcs...)
		img.Pointers = append(img.Pointers, f.Pointers...)
		img.Roots = append(img.Roots, f.Roots...)
	}
	sort.SliceStable(img.chunks, func(i, j int) bool { return img.chunks[i].addr < img.chunks[j].addr })
	slices.Sort(img.Pointers)
	img.Pointers = slices.Compact(img.Pointers)
}
