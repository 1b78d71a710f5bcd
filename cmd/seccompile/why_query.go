package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// key is equal for queries about the same calls, however their arguments are written.
func (q query) key() string {
	text := fmt.Sprintf("%#x %d %s", q.call.Audit, q.call.Nr, q.mux)
	for i, value := range q.call.Args {
		if q.open(i) && q.mux == "" {
			text += " _"
		} else {
			text += fmt.Sprintf(" %#x", value)
		}
	}
	return text
}

// explainerFor returns the explainer for an ABI: for the machine's target, unless no
// such machine makes its calls.
func (w *whys) explainerFor(a arch.Arch, known bool, d denial) (*explainer, error) {
	machine := w.machine
	if known && !a.SameKernel(machine) && w.Arch == "" {
		machine = a
		if d.compat {
			for b := range arch.All() {
				if b.SameKernel(a) && b.Bits() == 64 {
					machine = b
				}
			}
		}
	}
	if x := w.explainers[machine]; x != nil {
		return x, nil
	}
	o := *w.options
	o.Arch = machine.String()
	x, err := o.explainer(w.stdio)
	if err != nil {
		return nil, fmt.Errorf("for %s: %w", machine, err)
	}
	w.explainers[machine] = x
	return x, nil
}

// queryOf returns the question that a denial answers.
func (w *whys) queryOf(d denial) (text queryText, q query, err error) {
	text = d.call
	text.args = slices.Clone(text.args)
	elsewhere := d.number != "" && !slices.Contains(numbersOn(w.machine, text.name), d.number)
	for a := range arch.All() {
		if !a.SameKernel(w.machine) {
			continue
		}
		if d.bits32 && a.RegisterBits() == 32 || elsewhere && slices.Contains(numbersOn(a, text.name), d.number) {
			text.abi = a.String()
		}
	}
	bare := text
	bare.args = nil
	if q, err = w.on(bare, d); err != nil {
		return text, q, err
	}
	if len(text.args) == 0 {
		return text, q, nil
	}
	a, _ := q.abi()
	for i, arg := range text.args {
		name, value, named := strings.Cut(arg, "=")
		if !named {
			name, value = "", arg
		}
		_, err := evaluate(a, value)
		if err == nil && !(d.traced && otherwiseInRegisters(a, q.name, i)) {
			continue
		}
		if text.args[i] = "_"; named {
			text.args[i] = name + "=_"
		}
	}
	if q, err = w.on(text, d); err != nil {
		return text, q, err
	}
	if d.whole {
		said := text
		said.args = q.saying(a, text.args)
		if less, err := w.on(said, d); err == nil && w.oneAnswer(less, d) {
			return said, less, nil
		}
	} else if bare, err := w.on(bare, d); err == nil && !d.traced && w.oneAnswer(bare, d) {
		text.args = nil // registers, of which the call may not even read all
		return text, bare, nil
	}
	short := text
	short.args = slices.Clone(text.args)
	for i := range short.args {
		if n, err := parseInt(short.args[i], 64); err == nil && n > maxNamed {
			short.args[i] = "_"
		}
	}
	if less, err := w.on(short, d); err == nil && w.oneAnswer(less, d) {
		return short, less, nil
	}
	return text, q, nil
}

// saying returns arguments without those that do not say what the query's call does, as registers
// that it does not read, and addresses.
func (q query) saying(a arch.Arch, texts []string) (list []string) {
	for _, i := range profile.TellingArgs(a, q.name) {
		if i >= len(texts) || q.open(i) {
			continue
		}
		value, w := q.call.Args[i], syscalls.Width(a, q.name, i)
		d, known := domainOf(a, q.name, i)
		named := known && d.text(a, value) != ""
		if value > maxNamed && !named && (w == 64 || value>>w != 0) {
			continue
		}
		for len(list) <= i {
			list = append(list, "_")
		}
		list[i] = texts[i]
	}
	return list
}

// maxNamed is the largest number of an argument that tells calls apart for people.
// Larger ones are most often addresses, and left out where no condition is on them.
const maxNamed = 1<<16 - 1

// on returns the query on the ABI that the denial has, or that strace does not say.
func (w *whys) on(text queryText, d denial) (query, error) {
	if w.stack != nil {
		return text.on(w.machine)
	}
	q, err := text.on(w.machine)
	a, known := q.abi()
	x, xErr := w.explainerFor(a, err == nil && known, d)
	if xErr != nil {
		return q, xErr
	}
	return x.query(text)
}

// oneAnswer reports whether a call has the same answer for all values of its open arguments.
func (w *whys) oneAnswer(q query, d denial) bool {
	key := q.key()
	one, known := w.single[key]
	if !known {
		one = w.hasOneAnswer(q, d)
		if len(w.single) < maxKept {
			w.single[key] = one
		}
	}
	return one
}

func (w *whys) hasOneAnswer(q query, d denial) bool {
	if w.stack != nil {
		list, err := programAnswers(w.stack, q)
		return err == nil && len(list) == 1
	}
	a, known := q.abi()
	x, err := w.explainerFor(a, known, d)
	return err == nil && len(answers(x.policy, q)) == 1 && (x.other == nil || len(answers(x.other, q)) == 1)
}

// otherwiseInRegisters reports whether strace's argument i of a call is not that of the
// call: 32-bit ABIs split 64-bit arguments, and pass some in units of pages.
func otherwiseInRegisters(a arch.Arch, name string, i int) bool {
	if a.RegisterBits() != 32 {
		return false
	}
	switch name {
	case "mmap2":
		return i == 5
	case "truncate64", "ftruncate64", "pread64", "pwrite64", "preadv", "pwritev", "preadv2", "pwritev2", "readahead", "fadvise64", "fadvise64_64",
		"fallocate", "sync_file_range", "sync_file_range2", "_llseek", "fanotify_mark", "lookup_dcookie":
		return i > 0
	}
	return false
}
