package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// odd has unusual and wrong sections of a config.json.
var odd = []oddSection{
	{"null", `null`, true, ""},
	{"empty", `{}`, true, ""},
	{"default null", `{"defaultAction":null}`, true, ""},
	{"default empty with entries", `{"defaultAction":"","syscalls":[{"names":["chmod"],"action":"SCMP_ACT_ERRNO"}]}`, false, ""},
	{"default alone", `{"defaultAction":"SCMP_ACT_ALLOW"}`, true, ""},
	{"default misspelt", `{"defaultAction":"SCMP_ACT_ALOW"}`, false, ""},
	{"default in lower case", `{"defaultAction":"scmp_act_allow"}`, false, ""},
	{"default a number", `{"defaultAction":7}`, false, ""},
	{"default NOTIFY", `{"defaultAction":"SCMP_ACT_NOTIFY","listenerPath":"/s"}`, false, ""},
	{"defaultErrnoRet of ALLOW", `{"defaultAction":"SCMP_ACT_ALLOW","defaultErrnoRet":38}`, true, ""},
	{"defaultErrnoRet negative", `{"defaultAction":"SCMP_ACT_ALLOW","defaultErrnoRet":-1}`, false, ""},
	{"keys in other capitals", `{"DEFAULTACTION":"SCMP_ACT_ALLOW","Syscalls":[]}`, true, ""},
	{"a key twice", `{"defaultAction":"SCMP_ACT_KILL","defaultAction":"SCMP_ACT_ALLOW"}`, true, ""},
	{"an unknown key", `{"defaultAction":"SCMP_ACT_ALLOW","defaultActoin":"SCMP_ACT_KILL"}`, true, ""},

	{"architectures null", `{"defaultAction":"SCMP_ACT_ALLOW","architectures":null}`, true, ""},
	{"architectures empty", `{"defaultAction":"SCMP_ACT_ALLOW","architectures":[]}`, true, ""},
	{"an architecture twice", `{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86","SCMP_ARCH_X86","SCMP_ARCH_X86_64"]}`, true, ""},
	{"an architecture misspelt", `{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X8664"]}`, false, ""},
	{"an architecture empty", `{"defaultAction":"SCMP_ACT_ALLOW","architectures":[""]}`, false, ""},
	{"an architecture by Docker's name", `{"defaultAction":"SCMP_ACT_ALLOW","architectures":["amd64"]}`, false, ""},
	{"the native architecture", `{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_NATIVE"]}`, false, ""},
	{"an architecture that runc lacks", `{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_SH"]}`, false, ""},
	{"a foreign architecture", `{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_AARCH64"]}`, true, ""},
	{"the other byte order", `{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_S390X"]}`, false, ""},

	{"flags null", `{"defaultAction":"SCMP_ACT_ALLOW","flags":null}`, true, ""},
	{"flags empty", `{"defaultAction":"SCMP_ACT_ALLOW","flags":[]}`, true, ""},
	{"a flag twice", `{"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_LOG","SECCOMP_FILTER_FLAG_LOG"]}`, true, ""},
	{"the flag TSYNC", `{"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_TSYNC"]}`, true, ""},
	{"the flag NEW_LISTENER", `{"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_NEW_LISTENER"]}`, false, ""},
	{"WAIT_KILLABLE_RECV without NOTIFY", `{"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]}`, false, ""},
	{"a flag misspelt", `{"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_LOGS"]}`, false, ""},
	{"a flag empty", `{"defaultAction":"SCMP_ACT_ALLOW","flags":[""]}`, false, ""},

	{"entries null", entries(`null`), true, ""},
	{"entries empty", entries(`[]`), true, ""},
	{"an entry null", entries(`[null]`), false, ""},
	{"an entry empty", entries(`[{}]`), false, ""},
	{"names null", entries(`[{"names":null,"action":"SCMP_ACT_ERRNO"}]`), true, ""},
	{"names empty", entries(`[{"names":[],"action":"SCMP_ACT_ERRNO"}]`), true, ""},
	{"a name empty", entries(`[{"names":[""],"action":"SCMP_ACT_ERRNO"}]`), false, ""},
	{"a name unknown", entries(`[{"names":["chmodd"],"action":"SCMP_ACT_ERRNO"}]`), true, ""},
	{"a name with blanks", entries(`[{"names":[" chmod "],"action":"SCMP_ACT_ERRNO"}]`), true, ""},
	{"a name twice", entries(`[{"names":["chmod","chmod"],"action":"SCMP_ACT_ERRNO"}]`), true, ""},
	{"a name of another ABI", entries(`[{"names":["socketcall"],"action":"SCMP_ACT_ERRNO"}]`), true, ""},
	{"an action missing", entries(`[{"names":["chmod"]}]`), false, ""},
	{"an action misspelt", entries(`[{"names":["chmod"],"action":"SCMP_ACT_ERNO"}]`), false, ""},
	{"an action misspelt, for no name", entries(`[{"names":[],"action":"SCMP_ACT_ERNO"}]`), false, ""},
	{"the default action", entries(`[{"names":["chmod"],"action":"SCMP_ACT_ALLOW"}]`), true, ""},
	{"all other actions", entries(`[{"names":["chmod"],"action":"SCMP_ACT_KILL"},{"names":["chown"],"action":"SCMP_ACT_KILL_THREAD"},` +
		`{"names":["lchown"],"action":"SCMP_ACT_KILL_PROCESS"},{"names":["fchown"],"action":"SCMP_ACT_TRAP"},` +
		`{"names":["fchmod"],"action":"SCMP_ACT_TRACE"},{"names":["sync"],"action":"SCMP_ACT_LOG"}]`), true, ""},
	{"two actions without conditions", entries(`[{"names":["chmod"],"action":"SCMP_ACT_ERRNO"},{"names":["chmod"],"action":"SCMP_ACT_KILL"}]`), true, ""},
	{"two actions by one condition", entries(`[{"names":["chmod"],"action":"SCMP_ACT_ERRNO","args":[{"index":1,"value":1,"op":"SCMP_CMP_EQ"}]},` +
		`{"names":["chmod"],"action":"SCMP_ACT_KILL","args":[{"index":1,"value":1,"op":"SCMP_CMP_EQ"}]}]`), false, ""},
	{"NOTIFY without a path", entries(`[{"names":["chmod"],"action":"SCMP_ACT_NOTIFY"}]`), false, ""},
	{"NOTIFY on write", `{"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"/s","syscalls":[{"names":["write"],"action":"SCMP_ACT_NOTIFY"}]}`, false, ""},

	{"errnoRet 0", entries(`[{"names":["chmod"],"action":"SCMP_ACT_ERRNO","errnoRet":0}]`), true, ""},
	{"errnoRet null", entries(`[{"names":["chmod"],"action":"SCMP_ACT_ERRNO","errnoRet":null}]`), true, ""},
	{"errnoRet of KILL", entries(`[{"names":["chmod"],"action":"SCMP_ACT_KILL","errnoRet":5}]`), true, ""},
	{"errnoRet 4094", entries(`[{"names":["chmod"],"action":"SCMP_ACT_ERRNO","errnoRet":4094}]`), true, ""},
	{"errnoRet 4095", entries(`[{"names":["chmod"],"action":"SCMP_ACT_ERRNO","errnoRet":4095}]`), false,
		"the kernel accepts 4095, and libseccomp does not; seccompile notes it"},
	{"errnoRet 4096", entries(`[{"names":["chmod"],"action":"SCMP_ACT_ERRNO","errnoRet":4096}]`), false, ""},
	{"errnoRet 65538", entries(`[{"names":["chmod"],"action":"SCMP_ACT_ERRNO","errnoRet":65538}]`), true,
		"runc truncates it to ENOENT, which the section does not say"},
	{"errnoRet negative", entries(`[{"names":["chmod"],"action":"SCMP_ACT_ERRNO","errnoRet":-1}]`), false, ""},
	{"errnoRet a string", entries(`[{"names":["chmod"],"action":"SCMP_ACT_ERRNO","errnoRet":"EPERM"}]`), false, ""},
	{"errnoRet of TRACE 65535", entries(`[{"names":["chmod"],"action":"SCMP_ACT_TRACE","errnoRet":65535}]`), true, ""},

	{"args null", args(`null`), true, ""},
	{"args empty", args(`[]`), true, ""},
	{"an argument null", args(`[null]`), false, ""},
	{"an argument empty", args(`[{}]`), false, ""},
	{"an operator missing", args(`[{"index":1,"value":1}]`), false, ""},
	{"an operator misspelt", args(`[{"index":1,"value":1,"op":"SCMP_CMP_EQQ"}]`), false, ""},
	{"an operator of C", args(`[{"index":1,"value":1,"op":"=="}]`), false, ""},
	{"index 5", args(`[{"index":5,"value":1,"op":"SCMP_CMP_EQ"}]`), true, ""},
	{"index 6", args(`[{"index":6,"value":1,"op":"SCMP_CMP_EQ"}]`), false, ""},
	{"index negative", args(`[{"index":-1,"value":1,"op":"SCMP_CMP_EQ"}]`), false, ""},
	{"index missing", args(`[{"value":1,"op":"SCMP_CMP_EQ"}]`), true, ""},
	{"value missing", args(`[{"index":1,"op":"SCMP_CMP_EQ"}]`), true, ""},
	{"the greatest value", args(`[{"index":1,"value":18446744073709551615,"op":"SCMP_CMP_EQ"}]`), true, ""},
	{"a greater value", args(`[{"index":1,"value":18446744073709551616,"op":"SCMP_CMP_EQ"}]`), false, ""},
	{"a value with a fraction", args(`[{"index":1,"value":1.5,"op":"SCMP_CMP_EQ"}]`), false, ""},
	{"valueTwo that nothing reads", args(`[{"index":1,"value":1,"valueTwo":9,"op":"SCMP_CMP_GT"}]`), true, ""},
	{"a mask of 0", args(`[{"index":1,"value":0,"valueTwo":0,"op":"SCMP_CMP_MASKED_EQ"}]`), true, ""},
	{"a datum outside of its mask", args(`[{"index":1,"value":1,"valueTwo":2,"op":"SCMP_CMP_MASKED_EQ"}]`), true, ""},
	{"an argument twice", args(`[{"index":1,"value":1,"op":"SCMP_CMP_EQ"},{"index":1,"value":2,"op":"SCMP_CMP_EQ"}]`), true, ""},
	{"a range as an argument twice", args(`[{"index":1,"value":1,"op":"SCMP_CMP_GE"},{"index":1,"value":9,"op":"SCMP_CMP_LE"}]`), true, ""},
	{"a condition twice", args(`[{"index":1,"value":1,"op":"SCMP_CMP_EQ"},{"index":1,"value":1,"op":"SCMP_CMP_EQ"}]`), true, ""},
	{"seven conditions", args(`[{"index":0,"value":1,"op":"SCMP_CMP_EQ"},{"index":1,"value":1,"op":"SCMP_CMP_EQ"},{"index":2,"value":1,"op":"SCMP_CMP_EQ"},` +
		`{"index":3,"value":1,"op":"SCMP_CMP_EQ"},{"index":4,"value":1,"op":"SCMP_CMP_EQ"},{"index":5,"value":1,"op":"SCMP_CMP_EQ"},{"index":0,"value":2,"op":"SCMP_CMP_EQ"}]`), true, ""},

	{"all fields", `{"defaultAction":"SCMP_ACT_ALLOW","defaultErrnoRet":1,"architectures":["SCMP_ARCH_X86","SCMP_ARCH_X32"],` +
		`"flags":["SECCOMP_FILTER_FLAG_LOG","SECCOMP_FILTER_FLAG_SPEC_ALLOW"],"listenerPath":"/s","listenerMetadata":"m","syscalls":[{"names":["chmod","fchmod"],` +
		`"action":"SCMP_ACT_ERRNO","errnoRet":5,"args":[{"index":1,"value":1,"valueTwo":2,"op":"SCMP_CMP_MASKED_EQ"}]}]}`, true, ""},
}

// An oddSection is a section and whether runc on libseccomp starts a container with it.
type oddSection struct {
	name, section string
	starts        bool
	why           string // the reason, if runc on seccompile does the opposite
}

// entries returns a section with the given entries, which allows all other calls.
func entries(list string) string {
	return `{"defaultAction":"SCMP_ACT_ALLOW","syscalls":` + list + `}`
}

// args returns a section with one entry, with the given conditions.
func args(list string) string {
	return entries(`[{"names":["chmod"],"action":"SCMP_ACT_ERRNO","args":` + list + `}]`)
}

var startOf = regexp.MustCompile(`(?m)^== (\d+)\n`)

// TestOdd: runc on seccompile starts a container if and only if runc on libseccomp does,
// except where the table has a reason.
func TestOdd(t *testing.T) {
	list := variants(t)
	root, bundles := rootfs(t), t.TempDir()
	for i, tt := range odd {
		bundle(t, filepath.Join(bundles, fmt.Sprint(i)), root, tt.section, "/bin/echo", "it starts")
	}
	const script = `i=0; while [ $i -lt $3 ]; do echo "== $i"; timeout 20 "$1" --root "$2/state" run --bundle "$2/$i" odd </dev/null 2>&1; i=$((i+1)); done`
	for _, v := range list {
		t.Run(v.name, func(t *testing.T) {
			out, err := jailed(v.tree, 5*time.Minute, "sh", "-c", script, "sh", v.runc, bundles, fmt.Sprint(len(odd)))
			said := startOf.Split(string(out), -1)[1:]
			if len(said) != len(odd) {
				t.Fatalf("%d answers, %v, want %d\n%s", len(said), err, len(odd), out)
			}
			refused := 0
			for i, tt := range odd {
				if !tt.starts {
					refused++
				}
				want := tt.starts != (tt.why != "" && v.name != list[0].name)
				if starts := strings.Contains(said[i], "it starts\n"); starts != want {
					t.Errorf("%s: starts = %t, want %t: %s\n%s", tt.name, starts, want, tt.section, said[i])
				}
			}
			t.Logf("%d sections, %d refused", len(odd), refused)
		})
	}
}
