package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/selftest"
)

// inTemp calls f in a directory of its own.
func inTemp(f func()) {
	dir, err := os.MkdirTemp("", "notify")
	must("temporary directory", err)
	must("chdir", os.Chdir(dir))
	f()
	os.RemoveAll(dir)
}

// A listener comes to the agent with all that the runtime says, and works there.
func caseSend() {
	inTemp(func() {
		ctx := context.Background()
		s, err := Listen("agent")
		must("Listen", err)
		info, err := os.Stat("agent")
		must("stat", err)
		if info.Mode().Perm() != 0o600 {
			failf("the socket's mode is %v", info.Mode())
		}
		t := newThread()
		var listener *install.Listener
		t.do(func() {
			listener, err = install.Filter(handOver(notified), install.Options{Flags: abi.FlagNewListener})
		})
		must("Filter", err)
		file := listener.File()
		want1 := ContainerProcessState{
			OCIVersion: "1.2.0",
			PID:        4711,
			Metadata:   strings.Repeat("m", 300_000), // more than a socket takes at once
			State: State{OCIVersion: "1.2.0", ID: "web", Status: "creating", PID: 4711, Bundle: "/b",
				Annotations: map[string]string{"k": "<v>\x00"}},
		}
		sent := make(chan error)
		go func() { sent <- Send(ctx, "agent", file, want1) }()
		l, got, err := s.Accept(ctx)
		must("Accept", err)
		must("Send", <-sent)
		must("Close", file.Close())
		want1.FDs = []string{"seccompFd"}
		if diff := cmp.Diff(&want1, got); diff != "" {
			failf("Accept (-sent +got)\n%s", diff)
		}
		replied := t.asks(0)
		must("Respond", next(l).Respond(Value(3)))
		want("a received listener", replied, value(3))
		must("Close", l.Close())
		want("a closed one", t.asks(0), reply{-1, unix.ENOSYS})

		// Errors of who sends.
		_, err = Listen("agent")
		wantErrors("Listen at a path that is taken", err, unix.EADDRINUSE)
		wantErrors("Send to nobody", Send(ctx, "nobody", os.Stderr, want1), unix.ENOENT)
		wantErrors("Send along a long path", Send(ctx, strings.Repeat("p", 108), os.Stderr, want1), unix.ENAMETOOLONG)
		_, err = Listen("")
		wantErrors("Listen nowhere", err, unix.ENAMETOOLONG)
		long := want1
		long.Metadata = strings.Repeat("m", MaxState)
		wantErrors("Send of a long state", Send(ctx, "agent", os.Stderr, long), unix.EMSGSIZE)
		long.FDs = []string{"seccompFd", "pidFd"}
		wantErrors("Send of two names", Send(ctx, "agent", os.Stderr, long), unix.EINVAL)

		// Both ends go by their contexts: one that nobody accepts, one to whom
		// nobody connects.
		soon, cancel := context.WithTimeout(ctx, 30*time.Millisecond)
		defer cancel()
		if err := Send(soon, "agent", os.Stderr, want1); err != context.DeadlineExceeded {
			failf("Send that nobody accepts: %v", err)
		}
		if _, _, err := s.Accept(soon); err != context.DeadlineExceeded {
			failf("Accept of a context that has ended: %v", err)
		}
		must("Close", s.Close())
		_, _, err = s.Accept(ctx)
		wantErrors("Accept of a closed socket", err, os.ErrClosed)
		if _, err := os.Lstat("agent"); !errors.Is(err, os.ErrNotExist) {
			failf("the path of a closed socket: %v", err)
		}
		wantErrors("Send to a removed socket", Send(ctx, "agent", os.Stderr, ContainerProcessState{}), unix.ENOENT)
	})
}

// What is no state leaves the socket as it was and no descriptor open.
func caseBadStates() {
	inTemp(func() {
		s, err := Listen("agent")
		must("Listen", err)
		null, err := os.Open("/dev/null")
		must("open", err)
		good, err := json.Marshal(ContainerProcessState{FDs: []string{"seccompFd"}})
		must("marshal", err)
		two := `{"fds": ["other", "seccompFd"]}`
		connect := func() *net.UnixConn {
			c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: "agent", Net: "unix"})
			must("dial", err)
			return c
		}
		// The first connection opens what the poller keeps.
		warm := connect()
		warm.Close()
		_, _, err = s.Accept(context.Background())
		wantErrors("nothing", err, ErrBadState)
		files := openFiles()
		for _, tt := range []struct {
			name, text string
			fds        int
			want       string
		}{
			{"nothing", "", 0, "unexpected end of JSON input"},
			{"no JSON", "hello", 1, "invalid character 'h' looking for beginning of value"},
			{"half a state", string(good[:len(good)/2]), 1, "unexpected end of JSON input"},
			{"two states", string(good) + string(good), 1, "invalid character '{' after top-level value"},
			{"another type", `{"fds": {}}`, 1, "json: cannot unmarshal object into Go struct field ContainerProcessState.fds of type []string"},
			{"no descriptor", string(good), 0, "0 descriptors with 1 names"},
			{"one more", string(good), 2, "2 descriptors with 1 names"},
			{"none named so", `{"fds": ["other"]}`, 1, "no descriptor is named seccompFd"},
			{"two named so", `{"fds": ["seccompFd", "seccompFd"]}`, 2, "two descriptors are named seccompFd"},
			{"no listener", two, 2, "ioctl(SECCOMP_IOCTL_NOTIF_ID_VALID): the file is not a listener (install.Filter returns one with the flag NEW_LISTENER)"},
			{"many", string(good), 17, "more than 16 descriptors, or none can be opened any more"},
			{"long", strings.Repeat(" ", MaxState+1) + string(good), 1, "more than 1048576 bytes"},
		} {
			c := connect()
			go func() {
				defer c.Close()
				var rights []byte
				if tt.fds > 0 {
					rights = unix.UnixRights(slices.Repeat([]int{int(null.Fd())}, tt.fds)...)
				}
				first := min(len(tt.text), 1000)
				c.WriteMsgUnix([]byte(tt.text[:first]), rights, nil)
				c.Write([]byte(tt.text[first:]))
			}()
			l, state, err := s.Accept(context.Background())
			wantErrors(tt.name, err, ErrBadState, unix.EBADMSG)
			full := "notify.Socket.Accept: " + tt.want + " (a runtime sends one container process state of the OCI specification, and closes the connection)"
			if l != nil || state != nil || err.Error() != full {
				failf("Accept of %s = %v, %v, %v, want %s", tt.name, l, state, err, full)
			}
		}
		for range 1000 {
			if openFiles() <= files {
				break
			}
			time.Sleep(time.Millisecond)
		}
		if n := openFiles(); n > files {
			failf("%d open files after bad states, %d before", n, files)
		}

		// Who sends nothing keeps nobody from being served, and ends with the
		// context.
		silent := connect()
		defer silent.Close()
		// Before Accept gives up by itself, on any machine.
		soon, cancel := context.WithTimeout(context.Background(), min(selftest.Within(500*time.Millisecond), stateWithin/2))
		defer cancel()
		blocked := make(chan error)
		go func() {
			_, _, err := s.Accept(soon)
			blocked <- err
		}()
		time.Sleep(min(selftest.Within(200*time.Millisecond), stateWithin/5)) // it has that connection
		other := connect()
		fmt.Fprint(other, "hello")
		other.Close()
		_, _, err = s.Accept(context.Background())
		wantErrors("who comes behind a silent one", err, ErrBadState)
		if err := <-blocked; err != context.DeadlineExceeded {
			failf("Accept of a silent connection: %v", err)
		}
		must("Close", filepathGone(s))
	})
}

func filepathGone(s *Socket) error {
	if err := s.Close(); err != nil {
		return err
	}
	if m, _ := filepath.Glob("*"); len(m) > 0 {
		return fmt.Errorf("there is still %v", m)
	}
	return nil
}
