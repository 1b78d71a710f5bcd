package main

import (
	"encoding/json"
	"flag"
	"math/rand"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

var seed = flag.Int64("seed", 17, "of random tests")

func TestParseQuery(t *testing.T) {
	for text, want := range map[string]string{
		"socket":                            "x86_64 socket(_)",
		"socket()":                          "x86_64 socket(_)",
		"socket(AF_VSOCK, SOCK_STREAM)":     "x86_64 socket(AF_VSOCK, SOCK_STREAM)",
		"clone(CLONE_NEWUSER | SIGCHLD)":    "x86_64 clone(CLONE_NEWUSER|SIGCHLD)",
		"x86_64 openat(-100, 0, 2)":         "x86_64 openat(-100, 0, 2)",
		"x86_64 openat(-100, 0, 2) = ALLOW": "x86_64 openat(-100, 0, 2)",
		"x32 read(0)":                       "x32 read(0)",
		"x86_64 470()":                      "x86_64 listns(_)",
		"999":                               "x86_64 999(_)",
		"x86 accept(3)":                     "x86 socketcall(5) (accept)",
		"0xc000003e 41(40)":                 "x86_64 socket(40)",
		"0xdeadbeef 5() @0x401000":          "0xdeadbeef 5(_)",
		// strace
		`openat(AT_FDCWD, "/etc/(passwd), x", O_RDONLY|O_CLOEXEC) = 3</etc/passwd>`:                                  "x86_64 openat(AT_FDCWD, _, O_RDONLY|O_CLOEXEC)",
		`[pid 4711] 12:34:56.789 socket(AF_VSOCK, SOCK_STREAM|SOCK_CLOEXEC, 0) = -1 EPERM (Operation not permitted)`: "x86_64 socket(AF_VSOCK, SOCK_STREAM|SOCK_CLOEXEC, 0)",
		`4711  read(3</dev/null>, "\")", 4096)  = 0`:                                                                 "x86_64 read(3, _, 4096)",
		`connect(3, {sa_family=AF_UNIX, sun_path="/run/x"}, 16 <unfinished ...>`:                                     "x86_64 connect(3, _, 16)",
		`clone(child_stack=NULL, flags=CLONE_NEWUSER|SIGCHLD, child_tidptr=0x7f0) = -1 EPERM`:                        "x86_64 clone(CLONE_NEWUSER|SIGCHLD, NULL)",
		`s390x clone(child_stack=NULL, flags=CLONE_NEWUSER|SIGCHLD)`:                                                 "s390x clone(NULL, CLONE_NEWUSER|SIGCHLD)",
		`mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000000000`:                  "x86_64 mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)",
		`fchmod(3, 0644) = 0`:                                     "x86_64 fchmod(3, 0644)",
		`ioctl(0, 0x5413 /* TIOCGWINSZ */, 0x7ffe) = 0`:           "x86_64 ioctl(0, 0x5413, 0x7ffe)",
		`rt_sigprocmask(SIG_BLOCK, ~[RTMIN RT_1], [], 8) = 0`:     "x86_64 rt_sigprocmask(SIG_BLOCK, _, _, 8)",
		`mknodat(AT_FDCWD, "x", S_IFCHR|0600, makedev(0x1, 0x3))`: "x86_64 mknodat(AT_FDCWD, _, S_IFCHR|0600)",
	} {
		parsed, err := parseQuery(text)
		if err != nil {
			t.Errorf("parseQuery(%q): %v", text, err)
			continue
		}
		if q, err := parsed.on(arch.X86_64); err != nil || q.String() != want {
			t.Errorf("%q is %q, %v; want %q", text, q, err, want)
		}
	}
	q, err := parseQuery("openat(AT_FDCWD, _, O_DIRECTORY|02)")
	if err != nil {
		t.Fatal(err)
	}
	for a, want := range map[arch.Arch]uint64{arch.X86_64: 0x10002, arch.AArch64: 0x4002} {
		if got, err := q.on(a); err != nil || got.call.Args != [6]uint64{^uint64(99), 0, want} {
			t.Errorf("on %s: %#x, %v", a, got.call.Args, err)
		}
	}
	for text, want := range map[string]string{
		"":                                 "no call in",
		"(1)":                              "no call in",
		"x86 x32 read(1)":                  `"x32" before the call`,
		"sparc read(1)":                    `"sparc" before the call`,
		"read(1":                           "no ) after the arguments",
		"read(1) x":                        `"x" after the call`,
		"read(1 /* x)":                     "a comment without its end",
		"read(1, 2, 3, 4, 5, 6, 7)":        "7 arguments",
		"raed(1)":                          "did you mean read?",
		"arm64 open":                       "aarch64 has no call open, but other ABIs do",
		"0xc000003e read(1)":               "an audit value of 32 bits takes the number",
		"read(AF_VSOK)":                    "did you mean AF_VSOCK?",
		"read(1|)":                         "unknown constant",
		"read(99999999999999999999)":       "unknown constant",
		"read(1) @x":                       "not an address",
		"x86_64 read(MAP_32BIT, 08)":       "argument 1",
		"aarch64 mmap(_, _, _, MAP_32BIT)": "aarch64 has no constant MAP_32BIT, other ABIs have",
	} {
		q, err := parseQuery(text)
		if err == nil {
			_, err = q.on(arch.X86_64)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want ... %s", text, err, want)
		}
	}
}

// TestAnswers: the first answer whose conditions hold is that of Decide, for all
// arguments, and differ finds a difference exactly where there is one.
func TestAnswers(t *testing.T) {
	r := rand.New(rand.NewSource(*seed))
	mixed := `{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]},
		{"architecture": "SCMP_ARCH_MIPS64", "subArchitectures": ["SCMP_ARCH_MIPS"]}], "syscalls": [
		{"names": ["socket", "clone", "shmat"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 3, "op": "SCMP_CMP_LT"}, {"index": 1, "value": 2, "op": "SCMP_CMP_NE"}]},
		{"names": ["socket", "read"], "action": "SCMP_ACT_KILL", "args": [{"index": 1, "value": 4, "valueTwo": 4, "op": "SCMP_CMP_MASKED_EQ"}]},
		{"names": ["socket", "clone"], "action": "SCMP_ACT_LOG", "args": [{"index": 2, "value": 5, "op": "SCMP_CMP_GE"}]}]}`
	judged, conditional := 0, 0
	for _, text := range []string{string(profile.DefaultText()), mixed} {
		p, err := profile.Parse([]byte(text), profile.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range []arch.Arch{arch.X86_64, arch.MIPS64, arch.S390X} {
			var pols []*policy.Policy
			for _, compat := range []profile.Compat{profile.CompatKernel, profile.CompatRunc} {
				res, err := p.Resolve(profile.Target{Arch: a, Kernel: syscalls.Version{Major: 6, Minor: 1}, Compat: compat, AcceptWeaker: true})
				if err != nil {
					t.Fatal(err)
				}
				pols = append(pols, res.Policy())
			}
			for range 60 {
				on := pols[0].Arches[r.Intn(len(pols[0].Arches))].Arch
				q := query{name: "random", args: make([]operand, r.Intn(7))}
				q.call.Audit, q.call.Nr = on.Audit(), on.NumberBase()+uint32(r.Intn(500))
				for _, name := range []string{"socket", "clone", "personality", "read"} {
					if nr, ok := syscalls.Number(on, name); ok && r.Intn(6) == 0 {
						q.call.Nr, q.name = nr, name
					}
				}
				for i := range q.args {
					q.args[i] = operand{open: r.Intn(2) == 0, value: uint64(r.Intn(7))}
					if !q.args[i].open {
						q.call.Args[i] = q.args[i].value
					}
				}
				var lists [2][]answer
				different := false
				for i, pol := range pols {
					lists[i] = answers(pol, q)
					if len(lists[i]) > 1 {
						conditional++
					}
				}
				for range 100 {
					c := q.call
					for i := range c.Args {
						if q.open(i) {
							c.Args[i] = []uint64{uint64(r.Intn(7)), 38 + uint64(r.Intn(4)), 0x100000000, r.Uint64(), 0x10000000, 0x20008}[r.Intn(6)]
						}
					}
					var got [2]policy.Action
					for i, pol := range pols {
						got[i] = first(lists[i], c)
						if want, _ := pol.Decide(c); got[i] != want {
							t.Fatalf("answers to %s as in %s: %s, want %s", q, c, got[i], want)
						}
						judged++
					}
					different = different || got[0] != got[1]
				}
				if yes, witness := differ(lists[0], lists[1], q); different && !yes {
					t.Errorf("differ(%s) = false, %s", q, witness)
				} else if yes {
					c, err := syscalls.ParseCall(witness)
					if err == nil && len(lists[0])+len(lists[1]) > 2 && first(lists[0], c) == first(lists[1], c) {
						t.Errorf("differ(%s): %s is %s in both", q, witness, first(lists[0], c))
					}
				}
			}
		}
	}
	if judged < 10000 || conditional < 20 {
		t.Errorf("%d calls, %d answers with conditions", judged, conditional)
	}
}

// first returns the first answer whose conditions hold.
func first(list []answer, c syscalls.Call) policy.Action {
	for _, x := range list {
		if (&policy.Rule{Conds: x.conds}).Matches(c.Args) {
			return x.action
		}
	}
	panic("no answer without conditions")
}

// TestWays: what is to be pasted does allow the call.
func TestWays(t *testing.T) {
	t.Chdir(t.TempDir())
	base := `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [
		{"names": ["read"], "action": "SCMP_ACT_ALLOW"}/*ENTRY*/]}`
	for _, call := range []string{"mount", "openat(AT_FDCWD, _, O_RDONLY)", "clone(CLONE_NEWUSER)", "lseek(_, 0xffffffffffffffff)"} {
		writeText(t, "p.json", strings.ReplaceAll(base, "/*ENTRY*/", ""))
		args := []string{"explain", "--arch", "x86_64", "--profile", "p.json", "--json", call}
		got := seccompile("", args...)
		var list []explanation
		if err := json.Unmarshal([]byte(got.Out), &list); err != nil || len(list) != 1 || len(list[0].Ways) == 0 {
			t.Fatalf("%s: %v, %s", call, err, got)
		}
		for _, w := range list[0].Ways {
			writeText(t, "p.json", strings.ReplaceAll(base, "/*ENTRY*/", ", "+w.Paste))
			got := seccompile("", args...)
			var after []explanation
			if err := json.Unmarshal([]byte(got.Out), &after); err != nil {
				t.Fatalf("%s after %s: %v, %s", call, w.Paste, err, got)
			}
			if diff := cmp.Diff("ALLOW", after[0].Answers[0].Action); diff != "" || len(after[0].Ways) > 0 {
				t.Errorf("%s after %s: %s", call, w.Paste, got)
			}
		}
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("x", 100) + "HERE" + strings.Repeat("y", 100)
	for _, tt := range []struct {
		text string
		at   policy.Pos
		want string
	}{
		{"a\n\tbc\r\n", policy.Pos{Line: 2, Col: 3}, "| \u00a0bc\n|   ^\n"},
		{"é\"b", policy.Pos{Line: 1, Col: 3}, "| é\"b\n|  ^\n"},
		{"a\x1b[1m\u009bb", policy.Pos{Line: 1, Col: 1}, "| a?[1m?b\n| ^\n"},
		{long, policy.Pos{Line: 1, Col: 101}, "| ..." + strings.Repeat("x", 36) + "HERE" + strings.Repeat("y", 32) + "...\n| " + strings.Repeat(" ", 39) + "^\n"},
		{"a", policy.Pos{Line: 2, Col: 1}, ""},
		{"a", policy.Pos{Line: 1, Col: 2}, ""},
		{"a", policy.Pos{Line: 1}, ""},
		{"", policy.Pos{}, ""},
		{"\xff\xff", policy.Pos{Line: 1, Col: 2}, ""},
	} {
		want := strings.ReplaceAll(tt.want, "\u00a0", " ")
		if diff := cmp.Diff(want, excerpt(strings.Split(tt.text, "\n"), tt.at, "", width)); diff != "" {
			t.Errorf("excerpt(%q, %v) (-want +got)\n%s", tt.text, tt.at, diff)
		}
	}
}

// FuzzParseQuery: every text is a query or an error, and what is printed of a query on its
// ABI is one for the same calls.
func FuzzParseQuery(f *testing.F) {
	for _, text := range []string{"socket(AF_VSOCK, _, 0)", "[pid 7] 12:00 x86 clone(child_stack=NULL, flags=0x11|1) = 0", `0xc000003e 41(3</a>, "\")", {a=[1]}) @0x5`, "x86 accept(1)"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseQuery(text)
		if err != nil {
			return
		}
		for _, a := range []arch.Arch{arch.X86_64, arch.S390, arch.MIPS64} {
			q, err := parsed.on(a)
			if err != nil || q.mux != "" || q.call.IP != 0 {
				continue
			}
			again, err := parseQuery(q.String())
			if err != nil {
				t.Fatalf("%q is printed as %q: %v", text, q, err)
			}
			if p, err := again.on(a); err != nil || p.call != q.call || p.String() != q.String() {
				t.Errorf("%q is printed as %q, which is %q, %v", text, q, p, err)
			}
		}
	})
}

// TestExplainFilterOfOneABI: a filter that refuses mount on x86_64 and lets all other numbers of
// the audit value pass, those of x32 among them.
func TestExplainFilterOfOneABI(t *testing.T) {
	t.Chdir(t.TempDir())
	program := []bpf.RawInstruction{
		{Op: 0x20, K: 4}, {Op: 0x15, Jf: 4, K: arch.X86_64.Audit()},
		{Op: 0x20, K: 0}, {Op: 0x15, Jf: 1, K: 165},
		{Op: 0x06, K: uint32(policy.Errno(1))}, {Op: 0x06, K: uint32(policy.Allow)}, {Op: 0x06},
	}
	f, err := compile.Load(program, arch.X86_64)
	if err != nil {
		t.Fatal(err)
	}
	writeText(t, "deny.bpf", string(f.Bytes()))
	want := "x86_64 mount(_) = ERRNO(1) EPERM\n  instruction 4\nx32 mount(_): ALLOW, instruction 5\n" +
		"Part of it by: fsopen with fsconfig, fsmount and move_mount, new mounts\n  (allowed); move_mount with open_tree, bind and moved mounts (allowed);\n  mount_setattr, flags and propagation of mounts (allowed)\n"
	if got := seccompile("", "explain", "--filter", "deny.bpf", "--arch", "x86_64", "mount"); got.Out != want || got.Status != 0 {
		t.Errorf("explain of mount = %v, want\n%s", got, want)
	}
}
