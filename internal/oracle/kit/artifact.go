package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/vector"
	"github.com/seccompile/seccompile/syscalls"
)

// schemaVersion is that of the artifact. A change that a reader can notice raises it.
const schemaVersion = 1

// An artifact is testdata/vectors.json. docs/conformance.md has its schema.
type artifact struct {
	Version int     `json:"version"`
	SHA256  string  `json:"sha256"` // of the groups, as JSON without white space
	Groups  []group `json:"groups"`
}

// A group is a section and calls.
type group struct {
	Name    string          `json:"name"`
	Law     int             `json:"law"`
	About   string          `json:"about,omitempty"`
	Rules   string          `json:"rules,omitempty"` // the section in the notation of docs/readings.md
	Arch    string          `json:"arch"`            // of the host
	Kernel  string          `json:"kernel,omitempty"`
	Enosys  string          `json:"enosys,omitempty"`
	Section json.RawMessage `json:"section"` // linux.seccomp of a config.json
	Calls   []call          `json:"calls"`
}

// A call has the answers of both readings. Numbers of 64 bits are strings, in hex.
type call struct {
	Text   string    `json:"call"`
	Audit  string    `json:"audit"`
	Nr     uint32    `json:"nr"`
	Args   [6]string `json:"args"`
	Kernel string    `json:"kernel"`
	Runc   string    `json:"runc"`

	call syscalls.Call
}

// refused is the answer of a reading, or runtime, that refuses the section.
const refused = "error"

// target returns the target of a group in a reading.
func (g *group) target(compat profile.Compat, enosys string) (profile.Target, error) {
	t, err := vector.Settings{Arch: g.Arch, Caps: "none", Kernel: g.Kernel, Enosys: enosys}.Target()
	t.Compat, t.AcceptWeaker = compat, true
	return t, err
}

// resolve returns what a section means in a reading, nil if it is refused.
func (g *group) resolve(section []byte, compat profile.Compat, enosys string) (*profile.Resolution, error) {
	t, err := g.target(compat, enosys)
	if err != nil {
		return nil, err
	}
	p, err := profile.Parse(section, profile.ParseOptions{File: g.Name, Dialect: profile.OCI})
	if err != nil {
		return nil, nil
	}
	res, err := p.Resolve(t)
	if err != nil {
		return nil, nil
	}
	return res, nil
}

// decide returns the answer to a call, in words.
func decide(res *profile.Resolution, c syscalls.Call) string {
	if res == nil {
		return refused
	}
	a, _ := res.Decide(c)
	return a.String()
}

// add gives the group a call and its answers.
func (g *group) add(kernel, runc *profile.Resolution, text string, c syscalls.Call) {
	v := call{Text: text, Audit: fmt.Sprintf("%#x", c.Audit), Nr: c.Nr, call: c, Kernel: decide(kernel, c), Runc: decide(runc, c)}
	for i, a := range c.Args {
		v.Args[i] = fmt.Sprintf("%#x", a)
	}
	g.Calls = append(g.Calls, v)
}

// newArtifact returns what the checkout's vectors are.
func newArtifact(checkout string) (*artifact, error) {
	files, err := filepath.Glob(filepath.Join(checkout, "testdata", "vectors", "*.vec"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("%s: no testdata/vectors (%v)", checkout, err)
	}
	a := &artifact{Version: schemaVersion}
	for _, file := range files {
		groups, err := fileGroups(file)
		if err != nil {
			return nil, err
		}
		a.Groups = append(a.Groups, groups...)
	}
	list, err := readings(checkout)
	if err != nil {
		return nil, err
	}
	for i, r := range list {
		g, err := r.group(i + 1)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.rules, err)
		}
		a.Groups = append(a.Groups, *g)
	}
	groups, err := plain(a.Groups)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(groups)
	a.SHA256 = hex.EncodeToString(sum[:])
	return a, nil
}

// fileGroups returns the group of a vector file, or those of its parts. The section is that
// which an engine passes to a runtime.
func fileGroups(file string) ([]group, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	f, err := vector.Parse(file, text)
	if err != nil {
		return nil, err
	}
	src, err := sourceOf(filepath.Base(file))
	if err != nil {
		return nil, err
	}
	source := profile.DefaultText()
	settings := f.Settings.In(filepath.Dir(file))
	if settings.Profile != "default" {
		if source, err = os.ReadFile(settings.Profile); err != nil {
			return nil, err
		}
	}
	dialect, err := settings.ParseDialect()
	if err != nil {
		return nil, err
	}
	p, err := profile.Parse(source, profile.ParseOptions{File: settings.Profile, Dialect: dialect})
	if err != nil {
		return nil, err
	}
	t, err := settings.Target()
	if err != nil {
		return nil, err
	}
	g := group{Name: strings.TrimSuffix(filepath.Base(file), ".vec"), Law: src.law, Arch: settings.Arch, Kernel: settings.Kernel, Enosys: settings.Enosys}
	t.AcceptWeaker, t.Compat = true, profile.CompatRunc
	res, err := p.Resolve(t)
	if err != nil { // a profile that runc does not take
		t.Compat = profile.CompatKernel
		if res, err = p.Resolve(t); err != nil {
			return nil, err
		}
	}
	if g.Section, err = json.Marshal(res); err != nil {
		return nil, err
	}
	parts := []group{g}
	if src.parts {
		if parts, err = partsOf(g, f.Vectors); err != nil {
			return nil, err
		}
	}
	for i := range parts {
		if err := parts[i].fill(f, src.parts); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return parts, nil
}

// fill adds the vectors of a file: with parts, those of the group's call. It is an error
// if an answer is not the vector's.
func (g *group) fill(f *vector.File, parts bool) error {
	kernel, err := g.resolve(g.Section, profile.CompatKernel, g.Enosys)
	if err != nil {
		return err
	}
	runc, err := g.resolve(g.Section, profile.CompatRunc, g.Enosys)
	if err != nil {
		return err
	}
	for _, v := range f.Vectors {
		if parts && !strings.HasSuffix(g.Name, "-"+nameOf(v.Call)) {
			continue
		}
		g.add(kernel, runc, v.Text, v.Call)
		c := g.Calls[len(g.Calls)-1]
		got := []string{c.Kernel, c.Runc}
		switch f.Settings.Compat {
		case "kernel":
			got = got[:1]
		case "runc":
			got = got[1:]
		}
		if v.Judged && slices.ContainsFunc(got, func(s string) bool { return s != v.Want.String() }) {
			return fmt.Errorf("line %d: %s = %q under the section, want %s", v.Line, v.Text, got, v.Want)
		}
	}
	return nil
}

// nameOf returns the name of a call, "" if it has none.
func nameOf(c syscalls.Call) string {
	a, _ := c.Arch()
	name, _ := syscalls.Name(a, c.Nr)
	return name
}

// partsOf returns a group for each call of the vectors, with the entries that name it.
func partsOf(g group, vectors []vector.Vector) (parts []group, err error) {
	var names []string
	for _, v := range vectors {
		name := nameOf(v.Call)
		if slices.Contains(names, name) {
			continue
		}
		names = append(names, name)
		var s specs.LinuxSeccomp
		if err := json.Unmarshal(g.Section, &s); err != nil {
			return nil, err
		}
		var kept []specs.LinuxSyscall
		for _, c := range s.Syscalls {
			if slices.Contains(c.Names, name) {
				c.Names = []string{name}
				kept = append(kept, c)
			}
		}
		s.Syscalls = kept
		part := g
		part.Name += "-" + name
		part.About = "rules that libseccomp compiles wrongly, or never finishes with"
		if part.Section, err = json.Marshal(s); err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// group returns the group of a reading: the host is the one that runs its call.
func (r reading) group(n int) (*group, error) {
	c, err := syscalls.ParseCall(r.call)
	if err != nil {
		return nil, err
	}
	host, ok := c.Arch()
	if !ok {
		return nil, fmt.Errorf("the call %s is of no ABI", r.call)
	}
	abis := []specs.Arch{specs.Arch(host.SCMP())}
	if host != arch.X86_64 && host.SameKernel(arch.X86_64) {
		abis = []specs.Arch{specs.ArchX86_64, specs.Arch(host.SCMP())}
		host = arch.X86_64
	}
	g := &group{Name: fmt.Sprintf("reading-%d", n), Law: r.law, About: r.because, Rules: r.rules, Arch: host.String()}
	if g.Section, err = profileOf(r.rules, abis...); err != nil {
		return nil, err
	}
	kernel, err := g.resolve(g.Section, profile.CompatKernel, "")
	if err != nil {
		return nil, err
	}
	runc, err := g.resolve(g.Section, profile.CompatRunc, "")
	if err != nil {
		return nil, err
	}
	g.add(kernel, runc, r.call, c)
	return g, nil
}

// plain returns v as JSON without white space and without escapes for HTML, which
// encoders of other languages do not make.
func plain(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// encode returns the artifact with a call on each line.
func (a *artifact) encode() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\n\"version\": %d,\n\"sha256\": %q,\n\"groups\": [", a.Version, a.SHA256)
	for i, g := range a.Groups {
		calls := g.Calls
		g.Calls = nil
		head, err := plain(g)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n")
		b.Write(bytes.TrimSuffix(head, []byte("null}")))
		b.WriteString("[")
		for j, c := range calls {
			line, err := plain(c)
			if err != nil {
				return nil, err
			}
			if j > 0 {
				b.WriteString(",")
			}
			b.WriteString("\n")
			b.Write(line)
		}
		b.WriteString("\n]}")
	}
	b.WriteString("\n]\n}\n")
	return b.Bytes(), nil
}
