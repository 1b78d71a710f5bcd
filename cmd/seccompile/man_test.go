package main

import (
	"bytes"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// TestManual: the manual has all verbs, flags and topics, and groff has no complaint.
func TestManual(t *testing.T) {
	got := seccompile("", "man")
	if got.Err != "" || got.Status != exitOK || !strings.HasPrefix(got.Out, ".TH SECCOMPILE 1 ") {
		t.Fatalf("man: %s", got)
	}
	text := strings.ReplaceAll(got.Out, `\-`, "-")
	for _, v := range verbs(stdio{}) {
		if !strings.Contains(text, "\n.SS seccompile "+v.name+"\n") {
			t.Errorf("the manual lacks %s", v.name)
		}
		for _, e := range v.examples {
			if !strings.Contains(text, "\nseccompile "+e+"\n") {
				t.Errorf("the manual lacks the example %s", e)
			}
		}
		for _, g := range v.groups {
			g.VisitAll(func(f *pflag.Flag) {
				if !strings.Contains(text, "--"+f.Name) {
					t.Errorf("the manual lacks --%s", f.Name)
				}
			})
		}
	}
	for _, topic := range topics {
		if !strings.Contains(text, "\n.SS seccompile help "+topic.name+"\n") {
			t.Errorf("the manual lacks the topic %s", topic.name)
		}
	}
	macro := regexp.MustCompile(`^\.(TH|SH|SS|PP|B|TP|RS|RE|nf|fi)( |$)`)
	for line := range strings.Lines(got.Out) {
		if line = strings.TrimSuffix(line, "\n"); line[0] == '\'' || line[0] == '.' && !macro.MatchString(line) {
			t.Errorf("%q is taken for a macro", line)
		}
	}
	if got := seccompile("", "man", "run"); got.Status != exitUsage || got.Err != "seccompile man: unexpected argument \"run\"\n" {
		t.Errorf("man run: %s", got)
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Log(err)
		return
	}
	cmd := exec.Command(groff, "-man", "-Tascii", "-wall")
	cmd.Stdin = strings.NewReader(got.Out)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil || complaints.Len() > 0 || !strings.Contains(out.String(), "seccompile compile --profile web.json") {
		t.Errorf("groff: %v\n%s%s", err, complaints.Bytes(), out.Bytes())
	}
}
