package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

// completionVerb prints the completion of a shell.
func completionVerb(s stdio) *verb {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	v := &verb{
		name: "completion", section: sectionOther, args: []string{strings.Join(shells, "|")},
		about: "print the completion script of a shell",
		examples: []string{
			"completion bash >/etc/bash_completion.d/seccompile",
			"completion zsh >/usr/local/share/zsh/site-functions/_seccompile",
			"completion fish >~/.config/fish/completions/seccompile.fish",
		},
		values: shells,
	}
	v.run = func(args []string) int {
		if len(args) != 1 {
			return s.fail(v.name, fmt.Errorf("want one shell (%s)", strings.Join(shells, ", ")))
		}
		var ignored int
		root := rootCommand(verbs(s), s, &ignored)
		var err error
		switch args[0] {
		case "bash":
			if err = root.GenBashCompletionV2(s.out, true); err == nil {
				_, err = io.WriteString(s.out, bashAlone)
			}
		case "zsh":
			err = root.GenZshCompletion(s.out)
		case "fish":
			err = root.GenFishCompletion(s.out, true)
		case "powershell":
			err = root.GenPowerShellCompletionWithDesc(s.out)
		default:
			err = fmt.Errorf("unknown shell %q%s", args[0], hintOr(args[0], slices.Values(shells), strings.Join(shells, ", ")))
		}
		if err != nil {
			return s.fail(v.name, err)
		}
		return exitOK
	}
	return v
}

// bashAlone redefines, at the end of the script for bash, what it would need the package
// bash-completion for. Bash splits words at = and :, which the script wants in them.
const bashAlone = `
# Without the package bash-completion, this does what it has for the script.
__seccompile_init_completion()
{
    local i word line=$COMP_LINE left apart=yes
    COMPREPLY=() words=() cword=0
    for i in "${!COMP_WORDS[@]}"; do
        word=${COMP_WORDS[i]}
        left=${line#"${line%%[![:space:]]*}"}
        if ((i == 0)) || [[ $left != "$line" || $apart && $word != [=:]* ]]; then
            words+=("")
        fi
        line=${left#"$word"}
        words[${#words[@]}-1]+=$word
        apart=yes
        [[ $word == *[=:] ]] && apart=
        if ((i == COMP_CWORD)); then
            cword=$((${#words[@]} - 1)) cur=${words[${#words[@]}-1]}
            left=$((${#COMP_LINE} - ${#line} - COMP_POINT)) # what follows the cursor
            ((left > 0 && left <= ${#cur})) && cur=${cur:0:${#cur}-left}
        fi
    done
    prev=
    ((cword > 0)) && prev=${words[cword-1]}
    if ! declare -F _filedir >/dev/null; then
        _filedir() { [[ $1 != -d ]] || compopt +o default -o dirnames; }
    fi
    return 0
}
`

// complete completes the arguments of a verb.
func (v *verb) complete(c *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if v.values != nil {
		return completeFrom(v.values)(c, args, word)
	}
	if v.sides || slices.Contains([]string{"extend", "harden", "merge"}, v.name) {
		return completeProfile(c, args, word)
	}
	return nil, cobra.ShellCompDirectiveDefault
}

// completeProfile completes a file, or the name of the built-in profile where no file starts
// so.
func completeProfile(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	if word != "" && strings.HasPrefix(defaultProfile, word) {
		entries, _ := os.ReadDir(".") // without them the shell has no files either
		if !slices.ContainsFunc(entries, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), word) }) {
			return []string{defaultProfile}, cobra.ShellCompDirectiveNoFileComp
		}
	}
	return nil, cobra.ShellCompDirectiveDefault
}

// completeCaps completes the last of a list of capabilities, or a set of them.
func completeCaps(c *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	names, _ := profile.ParseCaps("all")
	list := append(flagValues(c.Name(), "caps"), names...)
	before := word[:strings.LastIndex(word, ",")+1]
	for i := range list {
		list[i] = before + list[i]
	}
	found, directive := completeFrom(list)(c, args, word)
	if before == "" && word == "" { // the sets, and what the rest begins with
		found = append(flagValues(c.Name(), "caps"), "CAP_")
		directive |= cobra.ShellCompDirectiveNoSpace
	}
	return found, directive
}

// completeFrom completes a word from a list.
func completeFrom(list []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, word string) (found []string, _ cobra.ShellCompDirective) {
		for _, x := range list {
			if strings.HasPrefix(x, word) {
				found = append(found, x)
			}
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// flagValues returns the values that a flag of a verb has, nil if they are files or
// anything.
func flagValues(verb, name string) []string {
	switch name {
	case "arch":
		var list []string
		for a := range arch.All() {
			list = append(list, a.String())
		}
		return list
	case "bad-arch":
		var list []string
		for name := range policy.ActionNames() {
			list = append(list, strings.TrimPrefix(name, "SCMP_ACT_"))
		}
		return list
	case "dialect":
		return []string{"auto", "docker", "oci", "containers", "seccompprofile", "mesos"}
	case "caps":
		return []string{"docker", "containerd", "podman", "cri-o", "all", "none"}
	case "compat":
		return []string{"kernel", "runc"}
	case "enosys":
		return []string{"runc", "off", "since="}
	case "close":
		return []string{"clone3", "newer", "socketcall"}
	case "format":
		return formats[verb]
	case "security-opt":
		return []string{"seccomp=", "no-new-privileges"}
	}
	return nil
}

// formats are the values of --format, by verb.
var formats = map[string][]string{
	"compile": {"raw", "list", "go", "c"},
	"dump":    {"list", "raw"},
	"graph":   {"dot", "svg"},
	"extend":  {"profile", "oci", "raw", "list"},
	"merge":   {"raw", "list", "oci", "docker"},
}

// completeFlags completes the values of a command's flags.
func completeFlags(c *cobra.Command) {
	c.Flags().VisitAll(func(f *pflag.Flag) {
		values := flagValues(c.Name(), f.Name)
		switch {
		case f.Name == "caps":
			c.RegisterFlagCompletionFunc(f.Name, completeCaps)
		case f.Name == "profile":
			c.RegisterFlagCompletionFunc(f.Name, completeProfile)
		case values != nil:
			c.RegisterFlagCompletionFunc(f.Name, completeFrom(values))
		case f.Name == "seccomp-config-dir" || f.Name == "dir":
			c.MarkFlagDirname(f.Name)
		case f.Name == "kernel" || f.Name == "container" || f.Name == "seccomp-profile-name" || f.Name == "pid" || f.Name == "index":
			c.RegisterFlagCompletionFunc(f.Name, cobra.NoFileCompletions)
		}
	})
}
