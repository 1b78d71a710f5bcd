package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// dispatch runs the command and returns its exit status.
func dispatch(args []string, s stdio) (status int) {
	list := verbs(s)
	root := rootCommand(list, s, &status)
	if len(args) > 0 {
		name := args[0]
		v := find(list, name)
		switch {
		case v != nil:
			args = v.spelled(args)
		case name == "help" || name == cobra.ShellCompRequestCmd || name == cobra.ShellCompNoDescRequestCmd:
		case strings.HasPrefix(name, "-"):
			args = new(verb).spelled(append([]string{""}, args...))[1:]
		default:
			fmt.Fprintf(s.err, "seccompile: unknown verb %q%s\n\"seccompile help\" lists the verbs.\n", name, hint(name, names(list)))
			return exitUsage
		}
	}
	root.SetArgs(append([]string{}, args...)) // nil would mean those of the process
	if err := root.Execute(); err != nil && status == exitOK {
		fmt.Fprintf(s.err, "seccompile: %s\n", err)
		return exitUsage
	}
	return status
}

// rootCommand returns the command with its verbs. They store their exit status.
func rootCommand(list []*verb, s stdio, status *int) *cobra.Command {
	root := &cobra.Command{
		Use:               "seccompile",
		Version:           version(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		Args:              cobra.ArbitraryArgs,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Run: func(*cobra.Command, []string) {
			s.help(s.err, rootPage(list))
			*status = exitUsage
		},
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetVersionTemplate(versionText())
	byCommand := map[*cobra.Command]*verb{}
	for _, v := range list {
		c := v.command(status)
		byCommand[c] = v
		root.AddCommand(c)
	}
	root.SetHelpCommand(helpCommand(list, s, status))
	root.SetHelpFunc(func(c *cobra.Command, _ []string) {
		p, mistake := rootPage(list), exitUsage
		if v := byCommand[c]; v != nil {
			p, mistake = verbPage(v), v.mistake()
		}
		if err := s.help(s.out, p); err != nil {
			s.fail("help", err)
			*status = mistake
		}
	})
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		name := "seccompile"
		*status = exitUsage
		if v := byCommand[c]; v != nil {
			name += " " + v.name
			*status = v.mistake()
		}
		fmt.Fprintf(s.err, "%s: %s\n\"%s --help\" lists its flags.\n", name, flagFault(c.Flags(), err), name)
		return err
	})
	return root
}

// helpCommand is "seccompile help [NAME]".
func helpCommand(list []*verb, s stdio, status *int) *cobra.Command {
	return &cobra.Command{
		Use:               "help",
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeFrom(slices.Collect(names(list))),
		Run: func(_ *cobra.Command, args []string) {
			p, err := helpPage(list, args)
			if err == nil {
				err = s.help(s.out, p)
			}
			if err != nil {
				*status = s.fail("help", err)
			}
		},
	}
}

// command returns the verb as a command of cobra.
func (v *verb) command(status *int) *cobra.Command {
	c := &cobra.Command{
		Use:               v.name,
		Short:             v.about,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: v.complete,
		Run: func(c *cobra.Command, args []string) {
			if at := c.ArgsLenAtDash(); v.sides && at > 0 {
				args = slices.Insert(slices.Clone(args), at, "--")
			}
			*status = v.run(args)
		},
	}
	for _, g := range v.groups {
		c.Flags().AddFlagSet(g.FlagSet)
	}
	c.Flags().SetInterspersed(!v.launches)
	completeFlags(c)
	return c
}

// flag returns the verb's flag of that name, which may be that of one letter, or nil.
func (v *verb) flag(name string) *pflag.Flag {
	for _, g := range v.groups {
		if f := g.Lookup(name); f != nil {
			return f
		}
		if len(name) == 1 {
			if f := g.ShorthandLookup(name); f != nil {
				return f
			}
		}
	}
	return nil
}

// spelled returns arguments, of which the first is the verb, with their flags spelled
// as pflag takes them. As package flag has it, -profile is --profile and --o is -o;
// several letters after a dash are not several flags.
func (v *verb) spelled(args []string) []string {
	args = slices.Clone(args)
	for i := 1; i < len(args); i++ {
		name, isFlag := strings.CutPrefix(args[i], "-")
		switch {
		case args[i] == "--":
			return args
		case !isFlag || name == "": // - is standard input
			if v.launches {
				return args
			}
			continue
		}
		name, value, given := strings.Cut(strings.TrimPrefix(name, "-"), "=")
		args[i] = "--" + name
		if len(name) == 1 {
			args[i] = "-" + name
		}
		f := v.flag(name)
		if given {
			args[i] += "=" + value
		} else if f != nil && f.NoOptDefVal == "" {
			i++ // its value
		}
	}
	return args
}

// flagFault says what is wrong with flags.
func flagFault(flags *pflag.FlagSet, err error) string {
	var unknown *pflag.NotExistError
	var lacks *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		name := unknown.GetSpecifiedName()
		if strings.Trim(name, "0123456789") == "" {
			return fmt.Sprintf("unknown flag -%s (a negative number follows --, as in -- -%[1]s)", name)
		}
		if unknown.GetSpecifiedShortnames() != "" {
			return "unknown flag -" + name
		}
		return fmt.Sprintf("unknown flag --%s%s", name, hint("--"+name, flagNames(flags)))
	case errors.As(err, &lacks):
		metavar, _ := pflag.UnquoteUsage(lacks.GetFlag())
		return fmt.Sprintf("%s without a value (write %[1]s %s)", dashed(lacks.GetFlag()), metavar)
	case errors.As(err, &invalid):
		f := invalid.GetFlag()
		why := invalid.Unwrap().Error()
		switch f.Value.Type() {
		case "bool":
			why = "want true or false"
		case "int":
			why = "want a number"
		}
		return fmt.Sprintf("invalid value %q for %s: %s", invalid.GetValue(), dashed(f), why)
	}
	return err.Error()
}

// dashed is a flag as it is written most.
func dashed(f *pflag.Flag) string {
	if f.Shorthand != "" {
		return "-" + f.Shorthand
	}
	return "--" + f.Name
}

// flagNames returns an iterator over flags with their dashes.
func flagNames(flags *pflag.FlagSet) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		done := false
		flags.VisitAll(func(f *pflag.Flag) {
			done = done || !yield("--"+f.Name)
		})
	}
}
