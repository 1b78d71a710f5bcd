package main

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openTerminal opens a terminal that has nothing to read.
func openTerminal(t *testing.T) *os.File {
	t.Helper()
	f, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|nonblock, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestReadWaits: what has no text yet is an error at once. A terminal is pollable and
// empty, as /proc/kmsg can be.
func TestReadWaits(t *testing.T) {
	f := openTerminal(t)
	done := make(chan error, 1)
	go func() {
		_, err := io.ReadAll(regular(f))
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil || !strings.Contains(err.Error(), "it has no text yet") {
			t.Errorf("reading an empty terminal: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("reading an empty terminal waits")
	}
}

// TestStyle: only terminals are written to in bold, unless someone objects.
func TestStyle(t *testing.T) {
	terminal := openTerminal(t)
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	if got := styleOf(terminal).bold("x"); got != "\x1b[1mx\x1b[0m" {
		t.Errorf("on a terminal x is %q", got)
	}
	if got := styleOf(new(strings.Builder)).bold("x"); got != "x" {
		t.Errorf("in a text x is %q", got)
	}
	t.Setenv("TERM", "dumb")
	if got := styleOf(terminal).bold("x"); got != "x" {
		t.Errorf("on a dumb terminal x is %q", got)
	}
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "1")
	if got := styleOf(terminal).bold("x"); got != "x" {
		t.Errorf("with NO_COLOR x is %q", got)
	}
}

// TestUsualFormat: filters are listed on a terminal, and nowhere else.
func TestUsualFormat(t *testing.T) {
	terminal := openTerminal(t)
	for _, tt := range []struct {
		output string
		out    io.Writer
		want   string
	}{{"-", terminal, "list"}, {"web.bpf", terminal, "raw"}, {"-", new(strings.Builder), "raw"}} {
		if got := usualFormat(tt.output, stdio{out: tt.out}); got != tt.want {
			t.Errorf("usualFormat(%s, %T) = %s, want %s", tt.output, tt.out, got, tt.want)
		}
	}
}
