package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/choice"
	"github.com/seccompile/seccompile/profile/store"
)

// chooser has the flags that replace --profile and say who chooses
// it. Those with files of JSON take - for standard input.
type chooser struct {
	dir, name      string // of the named profiles, of the default one
	info, app, pod string // files
	container      string // of app or pod
	opts           []string
}

func (c *chooser) add(g *group) {
	once := func(to *string, name, usage string) {
		g.Func(name, usage, func(value string) error {
			switch {
			case value == "":
				return errors.New("it is empty")
			case *to != "":
				return errors.New("it is given twice")
			}
			*to = value
			return nil
		})
	}
	g.Func("security-opt", "an `OPTION` of docker run", func(value string) error {
		if value == "" {
			return errors.New("it is empty")
		}
		c.opts = append(c.opts, value)
		return nil
	})
	once(&c.pod, "pod", "a `FILE` of Kubernetes")
	once(&c.app, "app", "a `FILE` of Marathon")
	once(&c.container, "container", "its `NAME` in that file")
	once(&c.info, "seccomp-info", "a `FILE` of Mesos")
	once(&c.dir, "seccomp-config-dir", "a `DIR` of named profiles")
	once(&c.name, "seccomp-profile-name", "the default `NAME`")
}

// given reports whether the flags, rather than --profile, which is file, say which
// profile it is. Options of Docker that choose none leave it to its default.
func (c *chooser) given(file string) bool {
	return c.byFiles() || c.byOption() || len(c.opts) > 0 && file == ""
}

// byFiles reports whether one of the flags chooses it that name the directory of an
// agent or the file of a task, an app or a pod.
func (c *chooser) byFiles() bool {
	return c.dir != "" || c.name != "" || c.info != "" || c.app != "" || c.pod != "" || c.container != ""
}

// byOption reports whether one of the --security-opt chooses a profile.
func (c *chooser) byOption() bool {
	return slices.ContainsFunc(c.opts, func(opt string) bool {
		key, _, _, _ := cutSecurityOpt(opt)
		return key == "seccomp"
	})
}

// file returns the file that the choice is in, "" if it is in none.
func (c *chooser) file() string { return c.info + c.app + c.pod }

// check faults flags that contradict each other or --profile, which is file.
func (c *chooser) check(file string) error {
	for _, opt := range c.opts {
		if _, _, err := noNewPrivileges(opt); err != nil {
			return err
		}
	}
	var by []string
	for _, f := range []struct {
		name  string
		given bool
	}{
		{"--profile", file != ""}, {"--seccomp-info", c.info != ""}, {"--app", c.app != ""}, {"--pod", c.pod != ""}, {"--security-opt", c.byOption()},
	} {
		if f.given {
			by = append(by, f.name)
		}
	}
	switch {
	case len(by) > 1:
		return fmt.Errorf("both %s and %s (keep the one that says which profile applies)", by[1], by[0])
	case c.dir != "" && (file != "" || c.byOption()):
		return fmt.Errorf("--seccomp-config-dir together with %s, which does not name a profile in a directory (leave one of them out)", by[0])
	case c.name != "" && c.dir == "":
		return errors.New("--seccomp-profile-name without --seccomp-config-dir (say where the profile is)")
	case c.name != "" && c.pod != "":
		return errors.New("--seccomp-profile-name together with --pod: a kubelet has no default profile of its own (leave it out)")
	case c.container != "" && c.app == "" && c.pod == "":
		return errors.New("--container without --app or --pod (say whose container it is)")
	}
	return nil
}

// chosen reads the profile that is chosen. The error wraps store.ErrUnconfined if
// no filter is to be installed.
func (o *options) chosen(parse profile.ParseOptions, s stdio) (*profile.Profile, error) {
	chosen, name, err := o.choose(s)
	if err != nil {
		return nil, err
	}
	if chosen.Kind == choice.File {
		p, err := o.parseFile(chosen.Name, parse, s)
		var fault *profile.Error
		if err != nil && !errors.As(err, &fault) { // faults of a profile have their places
			err = fmt.Errorf("%v: %w", chosen, err)
		}
		return p, err
	}
	c := &o.chooser
	if c.pod != "" && parse.Dialect == profile.Auto {
		parse.Dialect = profile.Docker // CRI-O's, which has that of containerd in it
	}
	var dir *store.Store
	if c.dir != "" {
		if dir, err = store.Open(c.dir, store.Options{Default: c.name, Parse: parse}); err != nil {
			var path *fs.PathError
			if errors.As(err, &path) && path.Path == c.dir { // no fault of a profile in it
				err = fmt.Errorf("--seccomp-config-dir: %w", err)
			}
			return nil, err
		}
		defer dir.Close()
	} else if chosen.Kind == choice.Named {
		return nil, fmt.Errorf("%v: no directory of profiles (--seccomp-config-dir says where it is)", chosen)
	}
	p, err := dir.Profile(chosen)
	if errors.Is(err, store.ErrUnconfined) && chosen.Kind == choice.Unsaid && name != "" {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return p, err
}

// choose returns the choice and the name of the text that it is in.
func (o *options) choose(s stdio) (chosen choice.Choice, name string, err error) {
	c := &o.chooser
	if !c.byFiles() {
		chosen, err = choice.ParseSecurityOpts(c.opts, "--security-opt")
		if chosen.Kind == choice.Unsaid {
			chosen.Kind = choice.Builtin // Docker's default
		}
		return chosen, "", err
	}
	if c.file() == "" {
		return choice.Choice{}, "", nil // the agent's default
	}
	wanted := wantedChoice
	if c.pod != "" {
		wanted = wantedPod
	}
	d, err := o.document(c.file(), wanted, s)
	if err != nil {
		return chosen, d.name, err
	}
	var list []choice.Container
	switch {
	case c.app != "":
		list, err = choice.ParseMarathon(d.text, d.name)
	case c.pod != "":
		list, err = choice.ParseKubernetes(d.text, d.name)
	default:
		chosen, err = choice.ParseSeccompInfo(d.text, d.name)
	}
	if err != nil {
		d.originals(err)
		return chosen, d.name, err
	}
	if list != nil {
		if chosen, err = c.of(list, d.name); err != nil {
			return chosen, d.name, err
		}
	}
	d.original(&chosen.Pos)
	return chosen, d.name, nil
}

// of returns the choice for the container that the flags name.
func (c *chooser) of(list []choice.Container, file string) (choice.Choice, error) {
	if c.container == "" && len(list) == 1 {
		return list[0].Choice, nil
	}
	var names []string
	for _, x := range list {
		if x.Name != "" && x.Name == c.container {
			return x.Choice, nil
		}
		names = append(names, x.Name)
	}
	known := strings.Join(names[:min(len(names), 8)], ", ")
	if more := len(names) - 8; more > 0 {
		known += fmt.Sprintf(" and %d more", more)
	}
	switch {
	case names[0] == "":
		return choice.Choice{}, fmt.Errorf("%s: its one container has no name (leave --container out)", file)
	case c.container == "":
		return choice.Choice{}, fmt.Errorf("%s: several containers (name one by --container: %s)", file, known)
	}
	return choice.Choice{}, fmt.Errorf("%s: no container %q%s", file, c.container, hintOr(c.container, slices.Values(names[:min(len(names), 1000)]), known))
}
