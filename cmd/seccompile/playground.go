//go:build playground

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/lint"
	"github.com/seccompile/seccompile/profile/vector"
	"github.com/seccompile/seccompile/syscalls"
)

// A question is what the page asks. It names a job, and has the texts and the target that the
// flags of the command would name.
type question struct {
	Job    string `json:"job"`
	Text   string `json:"text"`  // of the profile, in JSON or YAML
	Other  string `json:"other"` // of the profile to compare with; "" for the built-in one
	Call   string `json:"call"`  // as explain takes it
	Arch   string `json:"arch"`  // and further settings, as flags have them
	Kernel string `json:"kernel"`
	Caps   string `json:"caps"`
	Compat string `json:"compat"`
}

// A reply is what a job printed on standard output and standard error, and its value if it has
// one.
type reply struct {
	Out   string `json:"out"`
	Err   string `json:"err"`
	Value any    `json:"value,omitempty"`
}

// jobs are what the page can ask for, by name.
var jobs = map[string]func(*player) error{
	"facts":   (*player).facts,
	"check":   (*player).check,
	"explain": (*player).explain,
	"calls":   (*player).calls,
	"graph":   (*player).graph,
	"audit":   (*player).audit,
	"diff":    (*player).diff,
	"harden":  (*player).harden,
	"listing": (*player).listing,
	"summary": (*player).summary,
}

// A player does a job: what the verb of the command does that prints the same.
type player struct {
	question
	options
	file     string
	columns  columnsUTF16 // of the text
	out, err strings.Builder
	value    any
}

// play answers a question, both in JSON.
func play(text []byte) []byte {
	var p player
	err := json.Unmarshal(text, &p.question)
	if err == nil {
		err = p.do()
	}
	if err != nil {
		p.err.WriteString(showError(err) + "\n")
	}
	answer, err := json.Marshal(reply{p.out.String(), p.err.String(), p.value})
	if err != nil { // a value of a type that JSON does not have
		panic(err)
	}
	return answer
}

func (p *player) do() error {
	do, ok := jobs[p.Job]
	if !ok {
		return fmt.Errorf("unknown job %q (%s)", p.Job, strings.Join(slices.Sorted(maps.Keys(jobs)), ", "))
	}
	if err := p.emptied(); err != nil && p.Job != "facts" {
		return err
	}
	for _, text := range []string{p.Text, p.Other} {
		if len(text) > profile.MaxText {
			return fmt.Errorf("more than %d bytes (is it the right file?)", profile.MaxText)
		}
	}
	p.file = fileOf("profile", p.Text)
	p.columns.lines = bytes.Split([]byte(p.Text), []byte("\n"))
	p.options = p.reading(p.file, p.Text)
	return do(p)
}

// emptied is an error for a setting without a value: it must not become a default that
// allows more.
func (q *question) emptied() error {
	for _, setting := range []struct{ value, text string }{
		{q.Arch, "ABI: it is empty (choose one)"},
		{q.Kernel, "Kernel: it is empty (say which one, such as " + syscalls.Newest().String() + ")"},
		{q.Caps, "Capabilities: it is empty (none stands for no capabilities)"},
		{q.Compat, "Read as: it is empty (kernel or runc)"},
	} {
		if setting.value == "" {
			return errors.New(setting.text)
		}
	}
	return nil
}

// fileOf names a text as the file that it could be.
func fileOf(name, text string) string {
	if isYAML([]byte(text)) {
		return name + ".yaml"
	}
	return name + ".json"
}

// reading returns the options by which a text is read for the target. Nothing is installed, so
// the profile can be weaker than its text.
func (p *player) reading(file, text string) options {
	return options{
		Settings: vector.Settings{Profile: file, Arch: p.Arch, Kernel: p.Kernel, Caps: p.Caps, Compat: p.Compat},
		given:    sources{file: []byte(text)},
		weaker:   true,
	}
}

// stdio returns the streams of the job.
func (p *player) stdio() stdio { return stdio{strings.NewReader(""), &p.out, &p.err} }

// explain has the text of explain for a call.
func (p *player) explain() error {
	p.options.explain([]string{p.Call}, false, p.stdio())
	return nil
}

// graph has the picture of how a call is decided, as SVG.
func (p *player) graph() error {
	return p.options.graph([]string{p.Call}, "svg", "-", p.stdio())
}

// listing has the filters to read.
func (p *player) listing() error {
	stack, err := p.stack(p.stdio())
	if err == nil {
		p.out.WriteString(stack.String())
	}
	return err
}

// summary has the text of summary.
func (p *player) summary() error { return p.options.summary(false, p.stdio()) }

// harden has the hardened profile, and as errors what it changes under runc.
func (p *player) harden() error {
	p.options.harden([]string{p.file}, nil, "-", p.stdio())
	return nil
}

// audit has the findings as its value.
func (p *player) audit() error {
	a := auditor{options: p.options, stdio: p.stdio()}
	a.weaker = false // it is found
	t, err := a.target()
	if err != nil {
		return err
	}
	found, err := a.auditProfile(p.file, t, lint.Options{})
	list := []marked{}
	for i := range found.findings {
		list = append(list, p.mark(&found.findings[i]))
	}
	p.value = list
	return err
}

// diff has what the profile answers differently from the other one, and as its value the notes by
// which that one is weaker than its text: check has those of the profile alone.
func (p *player) diff() error {
	other := p.reading(defaultProfile, "")
	other.given = nil
	if p.Other != "" {
		other = p.reading(fileOf("other", p.Other), p.Other)
	}
	s := p.stdio()
	before, err := other.stack(s)
	if err != nil {
		return err
	}
	after, err := p.options.stack(s)
	if err != nil {
		return err
	}
	weaker := []string{}
	for _, n := range before.Notes() {
		if n.Effect == profile.Weaker {
			weaker = append(weaker, show(n.String()))
		}
	}
	p.value = weaker
	s.diff(before, after, false)
	return nil
}

// facts has what the page offers: it depends on no profile.
func (p *player) facts() error {
	var f struct {
		Version string   `json:"version"`
		Default string   `json:"default"` // the built-in profile
		Kernel  string   `json:"kernel"`  // the newest release that is known
		ABIs    []string `json:"abis"`
		Calls   []string `json:"calls"`
	}
	f.Version, f.Default, f.Kernel = version(), string(profile.DefaultText()), syscalls.Newest().String()
	for a := range arch.All() {
		f.ABIs = append(f.ABIs, a.String())
	}
	f.Calls = slices.Collect(syscalls.Names())
	p.value = f
	return nil
}
