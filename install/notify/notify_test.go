package notify

import (
	"encoding/json"
	"errors"
	"os"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seccompile/seccompile/install"
)

// What needs no kernel is the same on every system.
func TestAnswer(t *testing.T) {
	const id = 5
	tests := []struct {
		answer   Answer
		text     string
		response response
		fault    string // of the answer, "" for none
	}{
		{Answer{}, "ERRNO(1)", response{id, 0, -1, 0}, ""},
		{Errno(1), "ERRNO(1)", response{id, 0, -1, 0}, ""},
		{Errno(4095), "ERRNO(4095)", response{id, 0, -4095, 0}, ""},
		{Errno(0), "ERRNO(0)", response{}, "0 is not an errno"},
		{Errno(4096), "ERRNO(4096)", response{}, "4096 is not an errno"},
		{Value(0), "VALUE(0)", response{id, 0, 0, 0}, ""},
		{Value(1 << 62), "VALUE(4611686018427387904)", response{id, 1 << 62, 0, 0}, ""},
		{Value(-1), "VALUE(-1)", response{}, "the value -1 is an errno to programs"},
		{Value(-4095), "VALUE(-4095)", response{}, "the value -4095 is an errno to programs"},
		{Value(-4096), "VALUE(-4096)", response{id, -4096, 0, 0}, ""},
		{Continue(), "CONTINUE", response{id, 0, 0, 1}, ""},
	}
	for _, tt := range tests {
		if got := tt.answer.String(); got != tt.text {
			t.Errorf("%#v.String() = %s, want %s", tt.answer, got, tt.text)
		}
		got, err := tt.answer.response(id)
		fault := ""
		if e := (*install.Error)(nil); errors.As(err, &e) {
			fault = e.Fault
			if e.Errno != syscall.EINVAL || e.Op != "notify.Call.Respond("+tt.text+")" {
				t.Errorf("%s.response: %+v", tt.text, e)
			}
		}
		if got != tt.response || fault != tt.fault {
			t.Errorf("%s.response(%d) = %+v, %v, want %+v, %q", tt.text, id, got, err, tt.response, tt.fault)
		}
	}
}

func TestError(t *testing.T) {
	tests := []struct {
		err  *install.Error
		text string
		is   []error
		not  []error
	}{
		{&install.Error{Op: "op", Errno: syscall.ENOENT, Advice: "do this", Cause: ErrGone}, "op: " + syscall.ENOENT.Error() + " (do this)",
			[]error{ErrGone, syscall.ENOENT}, []error{install.ErrNotSupported, errors.ErrUnsupported, os.ErrClosed}},
		{&install.Error{Op: "op", Errno: syscall.EINVAL, Cause: install.ErrNotSupported}, "op: " + syscall.EINVAL.Error(),
			[]error{install.ErrNotSupported, errors.ErrUnsupported, syscall.EINVAL}, []error{ErrGone}},
		{&install.Error{Op: "op", Fault: "wrong"}, "op: wrong", nil, []error{ErrGone, install.ErrNotSupported, errors.ErrUnsupported, nil}},
		{closed("op").(*install.Error), "op: it is closed", []error{os.ErrClosed}, []error{ErrGone}},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.text {
			t.Errorf("Error() = %q, want %q", got, tt.text)
		}
		for _, target := range tt.is {
			if !errors.Is(tt.err, target) {
				t.Errorf("%v is not %v", tt.err, target)
			}
		}
		for _, target := range tt.not {
			if errors.Is(tt.err, target) {
				t.Errorf("%v is %v", tt.err, target)
			}
		}
	}
}

// TestState: a state as runtimes write it, with a key that is not known here.
func TestState(t *testing.T) {
	const text = `{"ociVersion": "0.2.0", "fds": ["pidFd", "seccompFd"], "pid": 4422, "pidFd": 1, "metadata": "MKNOD=/dev/null",
		"state": {"ociVersion": "0.2.0", "id": "oci-container1", "status": "creating", "pid": 4422, "bundle": "/containers/redis",
		"annotations": {"myKey": "myValue"}}}`
	want := &ContainerProcessState{
		OCIVersion: "0.2.0", FDs: []string{"pidFd", "seccompFd"}, PID: 4422, Metadata: "MKNOD=/dev/null",
		State: State{OCIVersion: "0.2.0", ID: "oci-container1", Status: "creating", PID: 4422, Bundle: "/containers/redis",
			Annotations: map[string]string{"myKey": "myValue"}},
	}
	got, listener, err := parseState([]byte(text), 2)
	if err != nil || listener != 1 {
		t.Fatalf("parseState = %d, %v, want 1", listener, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parseState (-want +got)\n%s", diff)
	}
}

// FuzzState: a state or an error, and what is taken is read back from what is
// printed.
func FuzzState(f *testing.F) {
	for _, text := range []string{``, `{}`, `{"fds": ["seccompFd"]}`, `{"fds": ["a", "seccompFd"], "state": {"annotations": {"a": "b"}}}`, `{"fds": null}`, `[]`} {
		f.Add([]byte(text), 1)
	}
	f.Fuzz(func(t *testing.T, text []byte, n int) {
		s, listener, err := parseState(text, n)
		if (s == nil) == (err == nil) || err != nil && !errors.Is(err, ErrBadState) {
			t.Fatalf("parseState(%q, %d) = %v, %v", text, n, s, err)
		}
		if err != nil {
			return
		}
		if n != len(s.FDs) || s.FDs[listener] != ListenerFD {
			t.Fatalf("parseState(%q, %d): listener %d of %q", text, n, listener, s.FDs)
		}
		printed, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		again, _, err := parseState(printed, n)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := json.Marshal(again)
		if diff := cmp.Diff(string(want), string(printed)); diff != "" {
			t.Errorf("parseState(%q) (-want +got)\n%s", printed, diff)
		}
	})
}
