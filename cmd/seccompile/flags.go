package main

import (
	"fmt"
	"strings"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/profile/vector"
)

// options are the flags that name a profile and a target.
type options struct {
	vector.Settings
	chooser  chooser
	strict   bool
	weaker   bool
	verbose  bool
	optimal  bool
	weights  string
	badArch  *policy.Action
	newPrivs bool
	reprints bool    // a profile is printed again, as JSON
	stdin    []byte  // standard input, if it has been read
	given    sources // texts that are not read from files, by name
	sources  sources
	printing printing
}

// value adds a flag whose value cannot be empty: what a script's variable lacks
// must not become a default that allows more. unset is what stands for nothing.
func value(g *group, to *string, name, unset, usage string) {
	g.Func(name, usage, func(value string) error {
		if value == "" {
			return fmt.Errorf("it is empty (%s)", unset)
		}
		*to = value
		return nil
	})
}

const leaveOut = "leave the flag out for its default"

// add adds the flags that name a profile and its target.
func (o *options) add(v *verb) {
	g := v.group("Profile")
	g.topic = "profiles"
	value(g, &o.Profile, "profile", "default is the built-in profile", "a `FILE`, -, or default for the built-in profile (default)")
	g = v.group("Or a setting that chooses a profile")
	g.topic, g.names = "profiles", true
	o.chooser.add(g)
	o.addTarget(v)
}

// addTarget adds the flags that say what a profile is for and how it is read.
func (o *options) addTarget(v *verb) {
	g := v.group("Target")
	g.topic = "target"
	v.target = g
	value(g, &o.Arch, "arch", leaveOut, "compile for the ABI `NAME` (default: this machine's)")
	value(g, &o.Kernel, "kernel", leaveOut, "compile for that kernel `VERSION`, such as 6.1")
	value(g, &o.Caps, "caps", "none stands for no capabilities", "the capabilities: docker (the default), none or a `LIST`")
	value(g, &o.Dialect, "dialect", leaveOut, "read the profile as that `NAME`, such as mesos")
	value(g, &o.Compat, "compat", leaveOut, "the `READING`: kernel (the default) or runc")
	value(g, &o.Enosys, "enosys", leaveOut, "the `RULE` for new calls: runc (default), since=5.15, off")
	g.Func("bad-arch", "the `ACTION` for calls of other ABIs, such as KILL_PROCESS", o.setBadArch)
	g.BoolVar(&o.strict, "strict", false, "treat every note as an error, except harmless ones")
	g.BoolVar(&o.weaker, "accept-weaker", false, "accept notes that the policy is weaker than the text")
	g.BoolVarP(&o.verbose, "verbose", "v", false, "print harmless notes, too")
}

// setBadArch reads the action for foreign ABIs, with or without SCMP_ACT_.
func (o *options) setBadArch(name string) error {
	a, err := policy.ParseAction(strings.TrimPrefix(name, "SCMP_ACT_"))
	if err != nil {
		return err
	}
	o.badArch = &a
	return nil
}

// addTrees adds the flags of verbs that hand out a program.
func (o *options) addTrees(g *group) {
	g.BoolVar(&o.optimal, "optimal", false, "search for the best comparison trees (takes milliseconds)")
	value(g, &o.weights, "weights", leaveOut, "give short paths to the calls that `FILE` counts most")
}

// treeWeights reads the weights that the flags name.
func (o *options) treeWeights(s stdio) (compile.Weights, error) {
	switch o.weights {
	case "":
		return compile.Weights{}, nil
	case "servers":
		return compile.ServerWeights(), nil
	}
	text, name, err := o.read(o.weights, s)
	if err != nil {
		return compile.Weights{}, err
	}
	w, err := compile.ParseWeights(string(text))
	if err != nil {
		return compile.Weights{}, fmt.Errorf("%s: %w", name, err)
	}
	return w, nil
}

// defaultProfile is the name of the profile that the project brings along.
const defaultProfile = "default"

// read is readFile, but for texts that are given and standard input that has been read.
func (o *options) read(file string, s stdio) (text []byte, name string, err error) {
	if given, ok := o.given[file]; ok {
		text, name = given, file
	} else if file == "-" && o.stdin != nil {
		text, name = o.stdin, stdinName
	} else if text, name, err = readFile(file, s); err != nil {
		return nil, name, err
	}
	if o.sources == nil {
		o.sources = sources{}
	}
	o.sources[name] = text
	return text, name, nil
}

// profile reads the profile that the flags name. The error wraps
// store.ErrUnconfined if no filter is to be installed.
func (o *options) profile(s stdio) (*profile.Profile, error) {
	if err := o.chooser.check(o.Profile); err != nil {
		return nil, err
	}
	d, err := o.Settings.ParseDialect()
	if err != nil {
		return nil, err
	}
	parse := profile.ParseOptions{Dialect: d, Strict: o.strict}
	if o.chooser.given(o.Profile) {
		return o.chosen(parse, s)
	}
	if o.Profile == "" || o.Profile == defaultProfile {
		parse.File = builtinName
		return profile.Parse(profile.DefaultText(), parse)
	}
	return o.parseFile(o.Profile, parse, s)
}

// parseFile reads the profile of a file, in JSON or YAML.
func (o *options) parseFile(file string, parse profile.ParseOptions, s stdio) (*profile.Profile, error) {
	d, err := o.document(file, wantedProfile, s)
	if err != nil {
		return nil, err
	}
	if o.reprints {
		d.noteLosses(s)
	}
	parse.File, parse.Places = d.name, d.places
	return profile.Parse(d.text, parse)
}

// document reads a file as JSON.
func (o *options) document(file string, wanted wanted, s stdio) (document, error) {
	text, name, err := o.read(file, s)
	if err != nil {
		return document{name: name}, err
	}
	return documentOf(text, name, wanted)
}

// target returns the target that the options name.
func (o *options) target() (profile.Target, error) {
	t, err := o.Target()
	t.AcceptWeaker, t.BadArch = o.weaker, o.badArch
	return t, err
}

// policy resolves the profile for the target that the options name.
func (o *options) policy(s stdio) (*profile.Resolution, error) {
	t, err := o.target()
	if err != nil {
		return nil, err
	}
	p, err := o.profile(s)
	if err != nil {
		return nil, err
	}
	return p.Resolve(t)
}

// filter compiles the profile for the target that the options name.
func (o *options) filter(s stdio) (*compile.Filter, error) {
	return compileBy(o, s, compile.Resolution)
}

// stack is filter for verbs that can do with several filters.
func (o *options) stack(s stdio) (*compile.Stack, error) {
	return compileBy(o, s, compile.SplitResolution)
}

func compileBy[T any](o *options, s stdio, how func(*profile.Resolution, compile.Options) (T, error)) (compiled T, err error) {
	pol, err := o.policy(s)
	if err != nil {
		return compiled, err
	}
	w, err := o.treeWeights(s)
	if err != nil {
		return compiled, err
	}
	return how(pol, compile.Options{Weights: w, Optimal: o.optimal})
}
