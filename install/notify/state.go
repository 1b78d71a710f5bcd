package notify

import (
	"encoding/json"
	"fmt"
	"slices"
	"syscall"

	"github.com/seccompile/seccompile/install"
)

// ListenerFD is the name of the listener among the descriptors of a
// [ContainerProcessState], as the OCI runtime specification defines it.
const ListenerFD = "seccompFd"

// MaxState is the maximum size of the text of a [ContainerProcessState], in bytes.
const MaxState = 1 << 20

// maxFDs is how many descriptors may come with one.
const maxFDs = 16

// A ContainerProcessState is what a runtime sends to the agent at the listenerPath of a
// container: the container process state of the OCI runtime specification
// (config-linux.md).
type ContainerProcessState struct {
	OCIVersion string   `json:"ociVersion"`
	FDs        []string `json:"fds"`                // names of the descriptors, in order
	PID        int      `json:"pid"`                // the container's process, in the runtime's PID namespace
	Metadata   string   `json:"metadata,omitempty"` // listenerMetadata of the profile
	State      State    `json:"state"`
}

// A State is the state of an OCI container (runtime.md).
type State struct {
	OCIVersion  string            `json:"ociVersion"`
	ID          string            `json:"id"`
	Status      string            `json:"status"` // creating, created, running or stopped
	PID         int               `json:"pid,omitempty"`
	Bundle      string            `json:"bundle"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// text returns the state as it is sent with the listener alone.
func (s ContainerProcessState) text() ([]byte, error) {
	const op = "notify.Send"
	if s.FDs == nil {
		s.FDs = []string{ListenerFD}
	}
	if !slices.Equal(s.FDs, []string{ListenerFD}) {
		return nil, &install.Error{Op: op, Errno: syscall.EINVAL, Fault: fmt.Sprintf("names %q for the listener alone", s.FDs), Advice: "leave FDs nil"}
	}
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	if len(text) > MaxState {
		return nil, &install.Error{Op: op, Errno: syscall.EMSGSIZE, Fault: fmt.Sprintf("a state of %d bytes", len(text)), Advice: fmt.Sprintf("at most %d are read: shorten metadata and annotations", MaxState)}
	}
	return text, nil
}

// parseState reads a state that came with n descriptors, and returns which of
// them is the listener. Keys that it does not know are for others.
func parseState(text []byte, n int) (s *ContainerProcessState, listener int, err error) {
	s = new(ContainerProcessState)
	if err := json.Unmarshal(text, s); err != nil {
		return nil, 0, badState(err.Error())
	}
	listener = slices.Index(s.FDs, ListenerFD)
	switch {
	case len(s.FDs) != n:
		return nil, 0, badState(fmt.Sprintf("%d descriptors with %d names", n, len(s.FDs)))
	case listener < 0:
		return nil, 0, badState("no descriptor is named " + ListenerFD)
	case slices.Contains(s.FDs[listener+1:], ListenerFD):
		return nil, 0, badState("two descriptors are named " + ListenerFD)
	}
	return s, listener, nil
}

func badState(fault string) error {
	return &install.Error{Op: "notify.Socket.Accept", Errno: syscall.EBADMSG, Fault: fault, Cause: ErrBadState,
		Advice: "a runtime sends one container process state of the OCI specification, and closes the connection"}
}
