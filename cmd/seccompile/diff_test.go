package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
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

// TestDiffTooMany: what is too much to list is a difference, exit status 1, and
// standard error says that there are more.
func TestDiffTooMany(t *testing.T) {
	t.Chdir(t.TempDir())
	allow := bpf.RawInstruction{Op: 0x06, K: uint32(policy.Allow)}
	write := func(name string, insns ...bpf.RawInstruction) {
		f, err := compile.Load(insns, arch.X86_64)
		if err != nil {
			t.Fatal(err)
		}
		writeText(t, name, string(f.Bytes()))
	}
	write("all.bpf", allow)
	write("even.bpf", bpf.RawInstruction{Op: 0x20}, bpf.RawInstruction{Op: 0x45, Jf: 1, K: 1}, bpf.RawInstruction{Op: 0x06, K: uint32(policy.Errno(1))}, allow)
	const line = "stricter: write for arguments that cannot be listed, as in write(): ERRNO(1)\n    EPERM instead of ALLOW (x86_64)\n"
	const more = "seccompile diff: the filters differ in more than 65536 runs of numbers and pairs of answers: only an example is listed\n"
	got := seccompile("", "diff", "--arch", "x86_64", "all.bpf", "even.bpf")
	if want := (result{line, more, 1}); got != want {
		t.Errorf("diff of parities:\n%swant\n%s", got, want)
	}
	got = seccompile("", "diff", "--json", "--arch", "x86_64", "all.bpf", "even.bpf")
	if got.Status != 1 || got.Err != more || !strings.Contains(got.Out, `"x86_64 write()"`) || !strings.Contains(got.Out, `"change": "stricter"`) {
		t.Errorf("diff --json of parities:\n%s", got)
	}
}

// TestDiffLongConditions: --json has all cases of conditions that one line cannot have, and of
// those beyond the limit says which it is.
func TestDiffLongConditions(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "old.json", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []}`)
	for _, n := range []int{65, 4096, 4097} {
		var entries []string
		for i := range n {
			entries = append(entries, fmt.Sprintf(`{"names": ["ioctl"], "action": "SCMP_ACT_LOG", "args": [{"index": 0, "value": %d, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": %d, "op": "SCMP_CMP_EQ"}]}`, i, 7*i))
		}
		writeText(t, "new.json", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [`+strings.Join(entries, ",")+"]}")
		got := seccompile("", "diff", "--json", "--arch", "x86_64", "old.json", "new.json")
		var out struct{ Differences []jsonDifference }
		if err := json.Unmarshal([]byte(got.Out), &out); err != nil || len(out.Differences) != 1 {
			t.Fatalf("%d cases: %s", n, got)
		}
		d := out.Differences[0]
		switch {
		case n > 4096 && (d.Where != nil || d.Beyond != "more than 4096 cases"):
			t.Errorf("%d cases: %d are listed, beyond %q", n, len(d.Where), d.Beyond)
		case n > 4096:
		case len(d.Where) != n || d.Beyond != "":
			t.Errorf("%d cases: %d are listed, beyond %q", n, len(d.Where), d.Beyond)
		}
		if last := n - 1; d.Where != nil {
			want := []jsonValues{{"a0", math.MaxUint32, [][2]uint64{{uint64(last), uint64(last)}}}, {"a1", math.MaxUint32, [][2]uint64{{uint64(7 * last), uint64(7 * last)}}}}
			if diff := cmp.Diff(want, d.Where[last]); diff != "" {
				t.Errorf("the last case (-want +got)\n%s", diff)
			}
		}
	}
}

// TestDiffDocker: what Docker's default profile says of socket families in 0.2.4 and in
// 0.3.0 of its module is told in few lines of 80 columns, and nothing is left out.
func TestDiffDocker(t *testing.T) {
	t.Chdir(t.TempDir())
	entry := func(op string, family int) string {
		return fmt.Sprintf(`{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": %d, "op": %q}]}`, family, op)
	}
	profile := func(entries []string) string {
		return `{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1, "archMap": [{"architecture": "SCMP_ARCH_X86_64",
			"subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]}], "syscalls": [{"names": ["socketcall"], "action": "SCMP_ACT_ALLOW"}, ` + strings.Join(entries, ", ") + "]}"
	}
	old := []string{entry("SCMP_CMP_LT", 38), entry("SCMP_CMP_EQ", 39)}
	new := []string{entry("SCMP_CMP_LT", 3), entry("SCMP_CMP_EQ", 39)}
	dropped := []int{3, 4, 5, 6, 11, 12, 19, 20, 23, 25, 34, 37}
	for family := 3; family < 46; family++ {
		switch {
		case family > 40:
			old = append(old, entry("SCMP_CMP_EQ", family))
			new = append(new, entry("SCMP_CMP_EQ", family))
		case family < 38 && !slices.Contains(dropped, family):
			new = append(new, entry("SCMP_CMP_EQ", family))
		}
	}
	writeText(t, "0.2.4.json", profile(old))
	writeText(t, "0.3.0.json", profile(new))
	const list = "socket if a0 in 3-6 (AF_AX25-AF_NETROM), 11-12 (AF_ROSE-AF_DECnet), 19-20 (AF_ECONET-AF_ATMSVC), " +
		"23 (AF_IRDA), 25 (AF_WANPIPE), 34 (AF_ISDN), 37 (AF_CAIF): "
	for _, tt := range []struct{ old, new, want string }{
		{"0.2.4.json", "0.3.0.json", "stricter: " + list + "ERRNO(1) EPERM instead of ALLOW (x86_64, x86, x32)"},
		{"0.3.0.json", "0.2.4.json", "weaker: " + list + "ALLOW instead of ERRNO(1) EPERM (x86_64, x86, x32)"},
	} {
		got := seccompile("", "diff", "--arch", "x86_64", tt.old, tt.new)
		if got.Status != 1 || got.Err != "" || strings.Join(strings.Fields(got.Out), " ") != tt.want {
			t.Errorf("diff %s %s:\n%s", tt.old, tt.new, got)
		}
		if lines := strings.Split(got.Out, "\n"); len(lines) > 40 || slices.ContainsFunc(lines, func(l string) bool { return len(l) > width }) {
			t.Errorf("diff %s %s takes %d lines, or one of more than %d columns:\n%s", tt.old, tt.new, len(lines), width, got.Out)
		}
	}
}

// TestDiffCorpus: what profiles of others answer differently fits 80 columns, and the calls
// of each line are as many as the list of JSON has.
func TestDiffCorpus(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/corpus/p*.json")
	if len(files) == 0 {
		t.Skip("no corpus")
	}
	if testing.Short() {
		files = files[:min(8, len(files))]
	}
	longest, skipped := 0, 0
	for i := 1; i < len(files); i++ {
		args := []string{"--arch", "x86_64", "--kernel", "6.18", "--accept-weaker", files[i-1], files[i]}
		got := seccompile("", append([]string{"diff"}, args...)...)
		if got.Status == exitUsage {
			skipped++
			continue
		}
		lines := strings.Split(got.Out, "\n")
		longest = max(longest, len(lines))
		order := ""
		for _, line := range lines {
			if len(line) > width && strings.Contains(strings.TrimSpace(line), " ") {
				t.Errorf("diff %v: a line of %d columns: %s", args, len(line), line)
			}
			if keyword, _, ok := strings.Cut(line, ": "); ok && !strings.HasPrefix(line, " ") {
				order += keyword[:1]
			}
		}
		if want := strings.Repeat("w", strings.Count(order, "w")) + strings.Repeat("s", strings.Count(order, "s")) + strings.Repeat("i", strings.Count(order, "i")); order != want {
			t.Errorf("diff %v: changes in the order %s, want weaker first, then stricter", args, order)
		}
	}
	t.Logf("%d pairs, %d skipped, the longest answer has %d lines", len(files)-1, skipped, longest)
	if skipped > len(files)/4 {
		t.Errorf("%d of %d pairs are not compared", skipped, len(files)-1)
	}
}

// TestValuesText: conditions as text, each with the values that it is of.
func TestValuesText(t *testing.T) {
	const word = 1<<32 - 1
	all := ^uint64(0)
	for _, tt := range []struct {
		call string
		arg  int
		mask uint64
		list []compile.Range
		want string
	}{
		{"socket", 0, word, []compile.Range{{Lo: 40, Hi: 40}}, "a0 == 40 (AF_VSOCK)"},
		{"socket", 0, all, []compile.Range{{Lo: 40, Hi: 40}}, "a0 == 40 (AF_VSOCK)"},
		{"socket", 0, word, []compile.Range{{Lo: 0, Hi: 39}, {Lo: 41, Hi: word}}, "a0 != 40 (AF_VSOCK)"},
		{"socket", 0, word, []compile.Range{{Lo: 0, Hi: 39}, {Lo: 41, Hi: 41}, {Lo: 44, Hi: word}}, "a0 not in 40 (AF_VSOCK), 42-43 (AF_QIPCRTR-AF_SMC)"},
		{"socket", 0, word, []compile.Range{{Lo: 0, Hi: 37}}, "a0 <= 37 (AF_CAIF)"},
		{"socket", 0, word, []compile.Range{{Lo: 46, Hi: word}}, "a0 >= 46"},
		{"socket", 0, word, []compile.Range{{Lo: 3, Hi: 4}, {Lo: 46, Hi: word}}, "a0 in 3-4 (AF_AX25-AF_IPX), from 46 on"},
		{"read", 2, word, []compile.Range{{Lo: 5, Hi: 5}}, "a2 & 0xffffffff == 5"},
		{"read", 2, word << 32, []compile.Range{{Lo: 5 << 32, Hi: 5 << 32}}, "a2>>32 == 5"},
		{"read", 2, word << 32, []compile.Range{{Lo: 1 << 32, Hi: word << 32}}, "a2>>32 != 0"},
		{"clone", 0, 0x7e020000, []compile.Range{{Lo: 0x20000, Hi: 0x7e020000}}, "a0 & 0x7e020000 != 0 (some of CLONE_NEWNS|NEWCGROUP|NEWUTS|NEWIPC|NEWUSER|NEWPID|NEWNET)"},
		{"clone", 0, 0x10000000, []compile.Range{{Lo: 0x10000000, Hi: 0x10000000}}, "a0 & 0x10000000 != 0 (CLONE_NEWUSER)"},
		{"clone", 0, 0x30000000, []compile.Range{{Lo: 0x10000000, Hi: 0x10000000}}, "a0 & 0x30000000 == 0x10000000 (CLONE_NEWUSER of CLONE_NEWUSER|CLONE_NEWPID)"},
		{"clone", 0, 0x30000000, []compile.Range{{Lo: 0, Hi: 0x20000000}}, "a0 & 0x30000000 <= 0x20000000"},
		{"open", 1, 3, []compile.Range{{Lo: 0, Hi: 1}}, "a1 & 0x3 <= 1"},
		{"open", 1, 3, []compile.Range{{Lo: 0, Hi: 0}}, "a1 & 0x3 == 0 (none of O_WRONLY|O_RDWR)"},
		{"open", 1, 0x240, []compile.Range{{Lo: 0x40, Hi: 0x240}}, "a1 & 0x240 != 0 (some of O_CREAT|O_TRUNC)"},
		{"read", 6, all, []compile.Range{{Lo: 0x10000, Hi: all}}, "ip >= 0x10000"},
	} {
		v := compile.Values{Arg: tt.arg, Mask: tt.mask, Ranges: tt.list}
		if got := whereText([]compile.Case{{v}}, arch.X86_64, tt.call, false); got != tt.want {
			t.Errorf("%s, %+v: %s, want %s", tt.call, v, got, tt.want)
		}
	}
	many := compile.Values{Mask: word}
	for i := range uint64(20) {
		many.Ranges = append(many.Ranges, compile.Range{Lo: 2*i + 1, Hi: 2*i + 1})
	}
	if got := whereText([]compile.Case{{many}}, arch.X86_64, "ioctl", false); !strings.HasSuffix(got, "23, ... and 8 more (--json has all)") {
		t.Errorf("20 values: %s", got)
	}
	cases := slices.Repeat([]compile.Case{{many}}, 10)
	if got := whereText(cases, arch.X86_64, "ioctl", false); !strings.HasSuffix(got, "... and 2 more cases (--json has all)") {
		t.Errorf("10 cases: %s", got)
	}
}

// TestComplement tries all sets of the values of small masks.
func TestComplement(t *testing.T) {
	for _, mask := range []uint64{1, 3, 5, 6, 0xb, 0x13} {
		var values []uint64
		for v := range mask + 1 {
			if v&^mask == 0 {
				values = append(values, v)
			}
		}
		for set := range 1 << len(values) {
			var in, out []compile.Range
			add := func(list []compile.Range, i int, before bool) []compile.Range {
				if before && i > 0 {
					list[len(list)-1].Hi = values[i]
					return list
				}
				return append(list, compile.Range{Lo: values[i], Hi: values[i]})
			}
			for i := range values {
				before := i > 0 && set>>i&1 == set>>(i-1)&1
				if set>>i&1 == 1 {
					in = add(in, i, before)
				} else {
					out = add(out, i, before)
				}
			}
			if set>>(len(values)-1)&1 == 0 || bits.OnesCount(uint(set)) == len(values) {
				continue // it is printed as it is
			}
			if diff := cmp.Diff(out, complement(in, mask)); diff != "" {
				t.Errorf("complement(%v, %#x) (-want +got)\n%s", in, mask, diff)
			}
		}
	}
}

// TestVerifyLists: verify lists what diff lists, and says that a filter is for another ABI.
func TestVerifyLists(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "a.json", `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"}]}`)
	writeText(t, "b.json", `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_LOG"}, {"names": ["socket"],
		"action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}]}]}`)
	for _, a := range []string{"x86_64", "aarch64", "s390x"} {
		if got := seccompile("", "compile", "--arch", a, "--enosys", "off", "--profile", "a.json", "-o", a+".bpf"); got.Status != 0 {
			t.Fatal(got)
		}
	}
	verify := func(a string, more ...string) result {
		return seccompile("", append([]string{"verify", "--arch", a, "--enosys", "off"}, more...)...)
	}
	got := verify("x86_64", "--profile", "b.json", "--filter", "x86_64.bpf")
	listed := seccompile("", "diff", "--arch", "x86_64", "--enosys", "off", "b.json", "x86_64.bpf")
	const want = "x86_64 read() = ALLOW, and the profile says LOG, by b.json:1:61: /syscalls/0/names/0: read -> LOG\n"
	if got != (result{want + listed.Out, "", 1}) || strings.Count(listed.Out, "\n") != 4 {
		t.Errorf("verify:\n%s\ndiff:\n%s", got, listed)
	}
	got = verify("x86_64", "--profile", "a.json", "--filter", "aarch64.bpf")
	const other = "seccompile verify: the filter tests for aarch64 and never for x86_64, the profile's target (is it for another machine? --arch aarch64)\n"
	if got.Status != 1 || got.Err != other || !strings.Contains(got.Out, "every other call: ERRNO(1) EPERM instead of KILL_THREAD (aarch64)") {
		t.Errorf("verify of another ABI's filter:\n%s", got)
	}
	got = verify("x86_64", "--profile", "a.json", "--filter", "s390x.bpf")
	if got.Status != 2 || !strings.Contains(got.Err, "(it tests for s390x: --arch s390x)") {
		t.Errorf("verify of a filter of another byte order:\n%s", got)
	}
	writeText(t, "odd.bpf", "not\x00a\x00filter....")
	got = verify("x86_64", "--profile", "a.json", "--filter", "odd.bpf")
	if got.Status != 2 || !strings.Contains(got.Err, "(is it for x86_64? --arch says for which)") {
		t.Errorf("verify of no filter:\n%s", got)
	}
}

// TestChangeLines: ABIs are in one line only if they change alike, also past what the line
// shows.
func TestChangeLines(t *testing.T) {
	var long []compile.Range
	for i := range uint64(20) {
		long = append(long, compile.Range{Lo: 2 * i, Hi: 2 * i})
	}
	other := append(slices.Clone(long[:19]), compile.Range{Lo: 99, Hi: 99})
	diff := func(a arch.Arch, call string, list []compile.Range) compile.Difference {
		d := compile.Difference{Arch: a, Call: call, Old: policy.Allow, New: policy.Errno(1), Change: compile.Stricter, Where: []compile.Case{{}}}
		if list != nil {
			d.Where = []compile.Case{{{Arg: 1, Mask: 1<<32 - 1, Ranges: list}}}
		}
		return d
	}
	numbers := func(a arch.Arch, last uint32) compile.Difference {
		d := diff(a, "", nil)
		for i := range uint32(20) {
			d.Numbers = append(d.Numbers, policy.Range{Lo: 1000 + 2*i, Hi: 1000 + 2*i})
		}
		d.Numbers[19].Hi = last
		return d
	}
	for _, tt := range []struct {
		name string
		list []compile.Difference
		want int
	}{
		{"alike", []compile.Difference{diff(arch.X86_64, "ioctl", long), diff(arch.X86, "ioctl", long)}, 1},
		{"the last value", []compile.Difference{diff(arch.X86_64, "ioctl", long), diff(arch.X86, "ioctl", other)}, 2},
		{"calls", []compile.Difference{diff(arch.X86_64, "flock", long), diff(arch.X86_64, "ioctl", long)}, 1},
		{"calls and the last value", []compile.Difference{diff(arch.X86_64, "flock", long), diff(arch.X86_64, "ioctl", other)}, 2},
		{"numbers", []compile.Difference{numbers(arch.X86_64, 2000), numbers(arch.X86, 2000)}, 1},
		{"the last number", []compile.Difference{numbers(arch.X86_64, 2000), numbers(arch.X86, 2001)}, 2},
		{"names", []compile.Difference{diff(arch.X86_64, "socket", long), diff(arch.X86_64, "ioctl", long)}, 2},
		{"a call and all of them", []compile.Difference{diff(arch.X86_64, "ioctl", nil), diff(arch.X86, "ioctl", long)}, 2},
	} {
		if got := changeLines(tt.list); len(got) != tt.want {
			t.Errorf("%s: %d lines, want %d: %+v", tt.name, len(got), tt.want, got)
		}
	}
}

// TestLinesAreComplete: of every call and number the lines say what the differences do, and
// nothing of others, also where they speak of every other call.
func TestLinesAreComplete(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/corpus/p*.json")
	if len(files) == 0 {
		t.Skip("no corpus")
	}
	others, calls := 0, 0
	for i, file := range files {
		if testing.Short() && i > 20 {
			break
		}
		target := profile.Target{Arch: []arch.Arch{arch.X86_64, arch.AArch64, arch.MIPS64}[i%3], Kernel: syscalls.Version{Major: 6, Minor: 18}, AcceptWeaker: true}
		var sides [2]*compile.Stack
		for j, name := range []string{file, files[(i+1)%len(files)]} {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if p, err := profile.Parse(text, profile.ParseOptions{}); err == nil {
				if res, err := p.Resolve(target); err == nil {
					sides[j], _ = compile.SplitResolution(res, compile.Options{})
				}
			}
		}
		if sides[0] == nil || sides[1] == nil {
			continue
		}
		list, err := compile.Diff(sides[0], sides[1])
		if err != nil {
			t.Fatal(err)
		}
		said := map[string][]string{} // by ABI and call
		rest := map[string]string{}   // by ABI
		for _, l := range changeLines(list) {
			for _, a := range l.abis {
				for _, subject := range l.subjects {
					text := l.old + " " + l.new + l.where
					switch key := a + " " + subject; {
					case strings.HasPrefix(subject, "every call") && a != "", strings.HasPrefix(subject, "every other call"):
						if rest[a] != "" {
							t.Errorf("%s: %s has two lines of every call", file, a)
						}
						rest[a] = text
						others++
					case slices.Contains(said[key], text):
						t.Errorf("%s: %s is said twice: %s", file, key, text)
					default:
						said[key] = append(said[key], text)
					}
				}
			}
		}
		want := map[string][]string{}
		for _, d := range list {
			if d.Call != "" {
				key := d.Arch.String() + " " + d.Call
				want[key] = append(want[key], named(d.Old, d.Arch)+" "+named(d.New, d.Arch)+whereOf(&d, false))
			}
		}
		for a := range arch.All() {
			for _, call := range syscalls.All(a) {
				key := a.String() + " " + call
				got := said[key]
				if got == nil && rest[a.String()] != "" {
					got = []string{rest[a.String()]}
				}
				slices.Sort(got)
				slices.Sort(want[key])
				if nr, _ := syscalls.Number(a, call); !slices.Equal(got, want[key]) && firstName(a, nr) == call {
					t.Errorf("%s: the lines say of %s %q, want %q", file, key, got, want[key])
				}
				calls += len(got)
			}
		}
	}
	t.Logf("%d changes of calls, %d lines of every other call", calls, others)
	if others == 0 || calls < 1000 {
		t.Error("the test sees too few differences")
	}
}

// firstName returns the first name of a number.
func firstName(a arch.Arch, nr uint32) string {
	for n, name := range syscalls.All(a) {
		if n == nr {
			return name
		}
	}
	return ""
}

// TestForeignFiles: files that are taken for filters by mistake are named for what they are.
func TestForeignFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		self = []byte("\x7fELF\x02\x01\x01\x00")
	}
	for _, tt := range []struct{ text, want string }{
		{string(self[:min(len(self), 4000)]), "an ELF program where a compiled filter should be (pass what it writes, if it makes the filter; \"seccompile dump\" gets the filters of a process)"},
		{"#!/bin/sh\n", "a script where a compiled filter should be (pass what it writes, if it makes the filter)"},
		{"\x1f\x8b\x08\x00\x00\x00\x00\x00", "gzip data where a compiled filter should be (gunzip it first)"},
		{"#\n# pseudo filter code start\n#\n", "libseccomp's pseudo filter code where a compiled filter should be (seccomp_export_bpf writes the filter)"},
		{"4\n32 0 0 4\n", "text where a compiled filter should be (a filter is binary: struct sock_filter, 8 bytes per instruction)"},
		{`{"defaultAction": "SCMP_ACT_ALLOW"}`, "a profile where a compiled filter should be (\"seccompile compile\" makes a filter from it)"},
		{"", "an empty file where a compiled filter should be (did the program that should write it fail?)"},
		{"\x06\x00\x00\x00\x00\x00\xff\x7f\x06", "9 bytes are not an array of struct sock_filter (8 bytes each): is it cut off?"},
	} {
		writeText(t, "f", tt.text)
		for _, args := range []string{"disasm --arch x86_64 f", "verify --arch x86_64 --kernel 6.1 --filter f", "eval --arch x86_64 --filter f f.vec"} {
			writeText(t, "f.vec", "x86_64 read()\n")
			verb, _, _ := strings.Cut(args, " ")
			if got := seccompile("", strings.Fields(args)...); got.Err != "seccompile "+verb+": f: "+tt.want+"\n" || got.Status != exitUsage {
				t.Errorf("%s of %.20q: %s\nwant %s", args, tt.text, got, tt.want)
			}
		}
	}
}
