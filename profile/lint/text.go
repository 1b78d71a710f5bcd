package lint

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// someMost is how many names a text has.
const someMost = 6

// some returns names as a list, the first ones of a long one.
func some(names []string) string {
	if n := len(names) - someMost; n > 1 {
		return strings.Join(names[:someMost], ", ") + fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(names, ", ")
}

// count returns a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// verb returns a verb for the calls of subjects: "get", or "gets" for one.
func verb(list []Subject, plural string) string {
	if len(calls(list)) == 1 {
		return plural + map[bool]string{true: "es", false: "s"}[strings.HasSuffix(plural, "s")]
	}
	return plural
}

// passText says which calls pass for all arguments, and which for some.
func passText(list []Subject) string {
	var always, sometimes []Subject
	for _, name := range calls(list) {
		own := slices.DeleteFunc(slices.Clone(list), func(s Subject) bool { return s.Call != name })
		if slices.ContainsFunc(own, func(s Subject) bool { return !s.always() }) {
			sometimes = append(sometimes, own...)
		} else {
			always = append(always, own...)
		}
	}
	var texts []string
	if len(always) > 0 {
		texts = append(texts, some(calls(always))+" "+verb(always, "pass"))
	}
	if len(sometimes) > 0 {
		texts = append(texts, some(calls(sometimes))+" "+verb(sometimes, "pass")+" for some arguments")
	}
	return strings.Join(texts, "; ")
}

// namesOf yields the names of an ABI's calls.
func namesOf(a arch.Arch) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, name := range syscalls.All(a) {
			if !yield(name) {
				return
			}
		}
	}
}

// actionText returns an action with the name of its errno.
func actionText(y policy.Action, a arch.Arch) string {
	if y.Kind() == policy.Errno(0) && y.Data() > 0 {
		return strings.TrimSpace(y.String() + " " + a.ErrnoName(y.Data()))
	}
	return y.String()
}
