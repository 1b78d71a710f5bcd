package profile

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/internal/enum"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// An Effect says how a policy's answers differ from the text, for the reason that a
// [Note] gives.
type Effect uint8

const (
	Same     Effect = iota // all answers are those of the text
	Stricter               // the policy refuses some calls that the text lets pass
	Weaker                 // the policy lets some calls pass that the text refuses
)

var effects = enum.Names{"same", "stricter", "weaker"}

// String returns "same", "stricter" or "weaker".
func (e Effect) String() string { return effects.Name("Effect", int(e)) }

// MarshalText returns the text of [Effect.String]. It returns an error for a value that
// is not a constant of this package.
func (e Effect) MarshalText() ([]byte, error) { return effects.Marshal("Effect", int(e)) }

// UnmarshalText parses the text of [Effect.String].
func (e *Effect) UnmarshalText(text []byte) error {
	if e == nil {
		return errors.New("UnmarshalText of a nil Effect")
	}
	i, err := effects.Parse("effect", string(text))
	if err == nil {
		*e = Effect(i)
	}
	return err
}

// laxest returns the laxest action of the profile's entries, KillProcess if it has
// no entries.
func (p *Profile) laxest() policy.Action {
	a := policy.KillProcess
	for i := range p.entries {
		if b := p.entries[i].Action; a.Stricter(b) {
			a = b
		}
	}
	return a
}

// lost returns the effect of losing a rule with action a, where def is the default
// and laxest what another rule may give the same call: weaker if the rule is
// stricter than either, or strict.
func lost(a, def, laxest policy.Action) Effect {
	if def.Stricter(a) && !a.Stricter(laxest) {
		return Stricter
	}
	return Weaker
}

// gained returns the effect of a rule with action a that matches more calls than
// the text says.
func gained(a, def policy.Action) Effect {
	if def.Stricter(a) {
		return Weaker
	}
	return Stricter
}

// replaced returns the effect of the answer got where the text says a.
func replaced(a, got policy.Action) Effect {
	switch {
	case a.Stricter(got):
		return Weaker
	case got.Stricter(a):
		return Stricter
	}
	return Same
}

// A Note tells the author about something in the profile, such as a part that was skipped
// or narrowed, or that has two readings.
type Note struct {
	Code    Code
	Effect  Effect
	Pos     policy.Pos
	Path    string // JSON Pointer (RFC 6901) of the place, "" for the whole profile
	Text    string // one line: the finding, and a remedy in parentheses
	Witness *syscalls.Call
	Others  []string // JSON Pointers of other names of the entry to which the note applies
}

// Harmless reports whether the note has no effect on answers, and describes the Target
// rather than a weakness of the text. ParseOptions.Strict ignores harmless notes.
func (n Note) Harmless() bool {
	switch n.Code {
	case CodeArgWidth, CodeMultiplexer, CodeTooNew, CodeForeignABI, CodeGuarded, CodeElsewhere, CodeNewKernel, CodeInterrupts:
		return n.Effect == Same
	}
	return false
}

// String returns "FILE:LINE:COL: POINTER: TEXT", with the place as in [Error.Error].
func (n Note) String() string {
	s := place(n.Pos, n.Path) + n.Text
	if n.Witness != nil {
		s += ", as in " + n.Witness.String()
	}
	return s
}

// An Error is a fault of a profile, or of a profile for a Target. It has no position if
// the Target itself is at fault.
type Error struct {
	Code Code
	Pos  policy.Pos
	Path string // JSON Pointer (RFC 6901) of the place, "" for the whole profile
	Err  error
}

// Error returns "FILE:LINE:COL: POINTER: FAULT (REMEDY)". The pointer of the whole
// profile prints as "/". A fault of a [Builder] prints as "FILE:LINE: FAULT (REMEDY)".
// A fault of a struct prints with the field instead of position and pointer.
func (e *Error) Error() string {
	if e == nil {
		return "<nil>"
	}
	if e.Err == nil {
		return place(e.Pos, e.Path) + string(e.Code)
	}
	return place(e.Pos, e.Path) + e.Err.Error()
}

// Unwrap returns Err.
func (e *Error) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}

// An errorList collects faults, up to maxFaults and one that says that there are
// more.
type errorList []*Error

func (l *errorList) full() bool { return len(*l) > maxFaults }

func (l *errorList) add(e *Error) {
	switch {
	case l.full():
	case len(*l) == maxFaults:
		*l = append(*l, &Error{CodeTooLarge, e.Pos, e.Path, fmt.Errorf("more than %d faults: those from here on are not listed", maxFaults)})
	default:
		*l = append(*l, e)
	}
}

// join returns the errors as one, in the order of the text, nil if there are
// none.
func (l errorList) join() error {
	slices.SortStableFunc(l, func(a, b *Error) int { return a.Pos.Compare(b.Pos) })
	list := make([]error, len(l))
	for i, e := range l {
		list[i] = e
	}
	return errors.Join(list...)
}

func place(p policy.Pos, path string) string {
	switch {
	case p == (policy.Pos{}):
		return ""
	case p.Col == 0:
		return source(p, path) + ": "
	case path == "":
		path = "/"
	}
	return p.String() + ": " + path + ": "
}

// source returns the place of Go code, or the part of a Go value that a JSON Pointer
// leads to.
func source(p policy.Pos, path string) string {
	if p.Line > 0 {
		return p.String()
	}
	return p.File + selector(path)
}

// elsewhere returns a place of the profile for a note about another, here.
func elsewhere(p policy.Pos, path string, here policy.Pos) string {
	switch {
	case p.Col == 0:
		return source(p, path)
	case p.File != here.File:
		return p.String()
	}
	return p.Within()
}

// ErrRefused is wrapped by an [*Error] that is not a fault of the text but a [Note] that
// the caller did not accept. These are weaker notes if Target.AcceptWeaker is not set,
// and all notes that are not harmless if ParseOptions.Strict is set.
var ErrRefused = errors.New("refused")

// A refusal is a Note turned into an error.
type refusal struct {
	note Note
	why  string
}

func (r refusal) Error() string {
	n := r.note
	n.Pos, n.Path = policy.Pos{}, ""
	return n.String() + "; " + r.why
}

func (r refusal) Unwrap() error { return ErrRefused }

// refuse returns the notes that strict or weaker forbid, as joined errors, nil
// if there are none.
func refuse(notes []Note, strict, acceptWeaker bool) error {
	var errs errorList
	for _, n := range notes {
		var why string
		switch {
		case n.Effect == Weaker && !acceptWeaker:
			why = "refused because the policy would be weaker than the text (--accept-weaker and Target.AcceptWeaker accept it)"
		case strict && !n.Harmless():
			why = "refused because strict allows no notes"
		default:
			continue
		}
		errs.add(&Error{n.Code, n.Pos, n.Path, refusal{n, why}})
	}
	return errs.join()
}
