package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
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
	stdin    []byte // standard input, if it has been read
}

// newFlags returns the flag set of a verb. With it -h prints to standard output
// and every mistake the usage to standard error.
func newFlags(verb string, s stdio) *flag.FlagSet {
	f := flag.NewFlagSet("seccompile "+verb, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	return f
}

// parse parses the arguments; ok is false if the verb ends here, with status.
func parse(f *flag.FlagSet, args []string, usage string, s stdio) (status int, ok bool) {
	err := f.Parse(args)
	if err == nil {
		return 0, true
	}
	w, status := s.err, exitUsage
	if errors.Is(err, flag.ErrHelp) {
		w, status = s.out, exitOK
	} else {
		fmt.Fprintf(w, "%s: %s\n", f.Name(), err)
	}
	printUsage(f, usage, w)
	return status, false
}

func printUsage(f *flag.FlagSet, usage string, w io.Writer) {
	fmt.Fprintf(w, "usage: %s %s\n", f.Name(), usage)
	f.SetOutput(w)
	f.PrintDefaults()
}

// value adds a flag whose value cannot be empty: what a script's variable lacks
// must not become a default that allows more. unset is what stands for nothing.
func value(f *flag.FlagSet, to *string, name, unset, usage string) {
	f.Func(name, usage, func(value string) error {
		if value == "" {
			return fmt.Errorf("it is empty (%s)", unset)
		}
		*to = value
		return nil
	})
}

const leaveOut = "leave the flag out for its default"

// add adds the flags that name a profile and its target.
func (o *options) add(f *flag.FlagSet) {
	value(f, &o.Profile, "profile", "default is the built-in profile", "the profile: a `FILE`, - for standard input, or default (which is the default)")
	o.chooser.add(f)
	o.addTarget(f)
}

// addTarget adds the flags that say what a profile is for and how it is read.
func (o *options) addTarget(f *flag.FlagSet) {
	value(f, &o.Dialect, "dialect", leaveOut, "read the profile as docker, oci, containers, seccompprofile or `mesos`; auto, which is the default, goes by its keys and takes none for mesos")
	value(f, &o.Arch, "arch", leaveOut, "compile for the ABI `NAME` (x86_64, aarch64, SCMP_ARCH_S390X, ...) and take nothing from this machine")
	value(f, &o.Caps, "caps", "none stands for no capabilities", "capabilities of the container: those of docker (which is the default), containerd, podman or cri-o, all or none, and names: `docker,CAP_A,...`")
	value(f, &o.Kernel, "kernel", leaveOut, "compile for that kernel `VERSION`, such as 6.1")
	value(f, &o.Compat, "compat", leaveOut, "read the profile as the `kernel` (which is the default) or runc takes it")
	value(f, &o.Enosys, "enosys", leaveOut, "answer ENOSYS to calls newer than the profile by `runc`'s rule (which is the default), by since=5.15 those newer than a release, or off")
	f.Func("bad-arch", "answer calls of ABIs that the filter is not for with an `ACTION`, such as KILL_PROCESS or ERRNO(38), instead of KILL_THREAD", o.setBadArch)
	f.BoolVar(&o.strict, "strict", false, "take every note for an error, but for harmless ones")
	f.BoolVar(&o.verbose, "v", false, "print harmless notes, too: those that come of the target and change no answer")
	f.BoolVar(&o.weaker, "accept-weaker", false, "take notes by which the policy is weaker than the text")
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
func (o *options) addTrees(f *flag.FlagSet) {
	f.BoolVar(&o.optimal, "optimal", false, "look for the best comparison trees, which takes some milliseconds")
	value(f, &o.weights, "weights", leaveOut, "make the calls short that a `FILE` counts most: lines of a count and a name, or what strace -c or perf trace -s prints; servers is a table of our own")
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

// read is readFile, but for standard input that has been read.
func (o *options) read(file string, s stdio) (text []byte, name string, err error) {
	if file == "-" && o.stdin != nil {
		return o.stdin, stdinName, nil
	}
	return readFile(file, s)
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
	text := profile.DefaultText()
	parse.File = "default.json"
	if o.Profile != "" && o.Profile != defaultProfile {
		if text, parse.File, err = o.read(o.Profile, s); err != nil {
			return nil, err
		}
	}
	return profile.Parse(text, parse)
}

// policy resolves the profile for the target that the options name.
func (o *options) policy(s stdio) (*profile.Resolution, error) {
	t, err := o.Target()
	if err != nil {
		return nil, err
	}
	t.AcceptWeaker, t.BadArch = o.weaker, o.badArch
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
