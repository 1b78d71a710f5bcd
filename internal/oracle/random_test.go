package oracle

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/arch"
)

// How many made-up profiles and sets of capabilities a judge hears.
const (
	randomProfiles = 600
	randomSets     = 1000
)

// capSets returns no capabilities, Docker's 14, all, and random sets, the same
// each time. Some of these have names that no kernel has.
func capSets() [][]string {
	r := rand.New(rand.NewPCG(0, 0))
	sets := [][]string{nil, mustCaps("docker"), mustCaps("all")}
	for range randomSets {
		share, odd := r.Float64(), r.IntN(10) == 0
		var set []string
		for _, c := range mustCaps("all") {
			if r.Float64() < share {
				set = append(set, c)
			}
		}
		if odd {
			set = append(set, oddCaps[r.IntN(len(oddCaps))])
		}
		sets = append(sets, set)
	}
	return sets
}

// oddCaps are names that look like capabilities.
var oddCaps = []string{"cap_chown", "SYS_ADMIN", "CAP_NOPE"}

// A maker makes the text of a profile from random numbers. In every second text
// one value in forty is faulty.
type maker struct {
	*rand.Rand
	big bool // ABIs are mostly big-endian
	odd bool
}

// randomProfile returns the text of a profile, the same for the same seed. It
// has keys that one judge alone knows; the others overlook them.
func randomProfile(seed uint64) string {
	m := maker{Rand: rand.New(rand.NewPCG(seed, 1))}
	m.big, m.odd = m.in(2), m.in(2)
	return m.profile()
}

// in is true once in n times.
func (m *maker) in(n int) bool { return m.IntN(n) == 0 }

// fault is true now and then, in a text that may be faulty.
func (m *maker) fault() bool { return m.odd && m.in(40) }

func (m *maker) pick(list ...string) string { return list[m.IntN(len(list))] }

// value returns a value, or now and then one of the odd ones.
func (m *maker) value(v string, odd ...string) string {
	if m.fault() {
		return m.pick(odd...)
	}
	return v
}

// list returns up to n elements as an array.
func (m *maker) list(n int, element func() string) string {
	var list []string
	for range m.IntN(n + 1) {
		list = append(list, element())
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// object returns an object of the members that are not empty.
func (m *maker) object(members ...string) string {
	members = slices.DeleteFunc(members, func(s string) bool { return s == "" })
	if m.in(60) {
		members = append(members, m.pick(`"x-note": {"caps": [1]}`, `"Comments": null`))
	}
	if m.fault() && m.in(4) && len(members) > 0 {
		members = append(members, m.pick(members...)) // a key twice
	}
	return "{" + strings.Join(members, ", ") + "}"
}

// member returns a key with its value, seldom in other capitals.
func (m *maker) member(key, value string) string {
	if m.in(60) {
		key = m.pick(strings.ToUpper(key), strings.ToLower(key), strings.ToUpper(key[:1])+key[1:])
	}
	return fmt.Sprintf("%q: %s", key, value)
}

// maybe returns the member once in n times, else nothing.
func (m *maker) maybe(n int, key, value string) string {
	if !m.in(n) {
		return ""
	}
	return m.member(key, value)
}

func (m *maker) profile() string {
	action := m.action()
	if m.in(2) {
		action = `"SCMP_ACT_ERRNO"`
	}
	var arches, archMap string
	switch m.IntN(3) {
	case 0:
		arches = m.member("architectures", m.list(3, m.arch))
		archMap = m.maybe(4, "archMap", m.pick("[]", "null"))
	case 1:
		archMap = m.member("archMap", m.archMap())
		arches = m.maybe(8, "architectures", m.value(m.pick("[]", "null"), `["SCMP_ARCH_X86_64"]`))
	}
	n := 8
	if m.fault() {
		n = 0
	}
	text := m.object(
		m.member("defaultAction", m.value(action, `""`, `null`, `"SCMP_ACT_NOTIFY"`)),
		m.maybe(3, "defaultErrnoRet", m.errno()),
		m.maybe(6, "defaultErrno", m.errnoName()),
		arches, archMap,
		m.maybe(2, "flags", m.value(m.list(2, m.flag), "null")),
		m.maybe(10, "listenerPath", `"/run/l"`),
		m.maybe(20, "listenerMetadata", `"m"`),
		m.member("syscalls", m.value(m.list(n, m.entry), "null", "{}", "[null]")),
	)
	if m.in(100) {
		text = m.pick("{}", "null", `{"syscalls": []}`, `[]`, "\n", text+"x", text+" ", `{"defaultAction": ""}`)
	}
	return text
}

func (m *maker) action() string {
	actions := []string{"ALLOW", "ALLOW", "ALLOW", "ALLOW", "ERRNO", "ERRNO", "TRAP", "TRACE", "KILL", "KILL_THREAD"}
	if m.in(40) {
		actions = []string{"LOG", "KILL_PROCESS", "NOTIFY"} // not of every kernel
	}
	return m.value(`"SCMP_ACT_`+m.pick(actions...)+`"`, `"SCMP_ACT_ALOW"`, `"ALLOW"`, `""`, "null", "1")
}

func (m *maker) errno() string {
	return m.value(m.pick("1", "38", "0", "null", "4095", strconv.Itoa(m.IntN(133))), "-1", `"1"`, "1.5", "1e1", "4096", "70000")
}

// errnoName returns an errno by name, or in digits.
func (m *maker) errnoName() string {
	if m.in(100) {
		return `"EINTR"` // which containers-common does not know
	}
	return m.value(m.pick(`"EPERM"`, `"ENOSYS"`, `"ENOTSUP"`, `"EOWNERDEAD"`, `"13"`, `"0"`, `""`, "null"),
		`"ENOPE"`, `"eperm"`, `"-1"`, `"4096"`, `"+1"`, `"0x1"`, `"1_0"`, "1", `" 1"`, `"4294967296"`)
}

func (m *maker) flag() string {
	return m.value(`"SECCOMP_FILTER_FLAG_`+m.pick("LOG", "SPEC_ALLOW", "TSYNC")+`"`, `"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"`, `"LOG"`, "null", `"SECCOMP_FILTER_FLAG_NEW_LISTENER"`)
}

// arch returns an ABI, mostly of the profile's byte order.
func (m *maker) arch() string {
	a := m.pick("X86", "X86_64", "X32", "ARM", "AARCH64", "PPC64LE", "RISCV64", "MIPSEL", "MIPSEL64", "MIPSEL64N32")
	if m.big != m.in(20) {
		a = m.pick("S390", "S390X", "MIPS", "MIPS64", "MIPS64N32", "PPC", "PPC64")
	}
	return m.value(`"SCMP_ARCH_`+a+`"`, `"SCMP_ARCH_NATIVE"`, `"X86_64"`, `"amd64"`, `"SCMP_ARCH_FOO"`, `""`, "null", "7")
}

// archMap returns an element for most ABIs, with those of the same kernel and
// now and then another one. Some come twice.
func (m *maker) archMap() string {
	var list []string
	for a := range arch.All() {
		for m.in(2) {
			subs := m.list(1, m.arch)
			if !m.in(10) {
				var same []string
				for b := range arch.All() {
					if b != a && b.SameKernel(a) && m.in(2) {
						same = append(same, strconv.Quote(b.SCMP()))
					}
				}
				subs = "[" + strings.Join(same, ", ") + "]"
			}
			list = append(list, m.object(
				m.member("architecture", m.value(strconv.Quote(a.SCMP()), m.arch())),
				m.member("subArchitectures", m.value(subs, "null"))))
		}
	}
	m.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return m.value("["+strings.Join(list, ", ")+"]", "null", "[null]", "[{}]")
}

func (m *maker) entry() string {
	names := m.list(4, m.name)
	name := ""
	switch {
	case m.in(8):
		name, names = m.member("name", m.name()), m.value(m.pick("", `"names": []`, `"names": null`), `"names": ["read"]`)
	case m.in(20):
		name, names = m.member("name", m.pick(`""`, "null")), m.member("names", names)
	case m.in(40):
		names = ""
	default:
		names = m.member("names", m.value(names, "null", `"read"`))
	}
	args := "null"
	if m.in(3) {
		args = m.list(3, m.arg)
	}
	return m.value(m.object(name, names,
		m.member("action", m.action()),
		m.maybe(4, "errnoRet", m.errno()),
		m.maybe(6, "errno", m.errnoName()),
		m.maybe(2, "args", args),
		m.maybe(6, "comment", m.value(`"why"`, "null", "1", "[]")),
		m.maybe(2, "includes", m.guard()),
		m.maybe(2, "excludes", m.guard()),
	), "null", "{}", `"read"`)
}

// names has calls of all ABIs, of some, and of none.
var names = strings.Fields("read write openat open clone clone3 socket socketcall mremap personality bpf perf_event_open " +
	"ptrace mount umount2 kexec_load chown chown32 fstat64 clock_settime64 arm_fadvise64_64 set_tls s390_pci_mmio_read " +
	"arch_prctl modify_ldt setuid keyctl io_uring_setup map_shadow_stack opennat Read not_a_call")

func (m *maker) name() string {
	return m.value(strconv.Quote(m.pick(names...)), `""`, "null", "0")
}

func (m *maker) arg() string {
	number := func() string {
		return m.value(m.pick("0", "1", "8", "131072", "4294967295", "4294967296", "18446744073709551615", strconv.Itoa(m.IntN(1000))),
			"18446744073709551616", "-1", "1.0", "1e3", `"1"`, "null")
	}
	op := m.pick("NE", "LT", "LE", "EQ", "EQ", "GE", "GT", "MASKED_EQ", "MASKED_EQ")
	return m.value(m.object(
		m.member("index", m.value(strconv.Itoa(m.IntN(6)), "6", "-1", "null", "4294967296")),
		m.member("value", number()),
		m.maybe(2, "valueTwo", number()),
		m.member("op", m.value(`"SCMP_CMP_`+op+`"`, `"SCMP_CMP_EQQ"`, `"=="`, `""`, "null")),
	), "null", "{}")
}

func (m *maker) guard() string {
	minKernel := m.value(m.pick("null", `""`, `"3.10"`, `"4.8"`, `"5.0"`, `"6.18"`, `"0.1"`, `"4.08"`, `"255.255"`),
		`"4"`, `"4.8.1"`, `"300.1"`, `"+4.8"`, "4.8", `"0.0"`, `"4.8-rc1"`, `" 4.8"`, "[]")
	caps := func() string {
		if m.in(10) {
			return strconv.Quote(m.pick(oddCaps...))
		}
		return m.value(strconv.Quote(m.pick(mustCaps("all")...)), `""`, "null", "21")
	}
	return m.value(m.object(
		m.maybe(2, "caps", m.value(m.list(2, caps), "null", `"CAP_CHOWN"`)),
		m.maybe(3, "arches", m.value(m.list(5, m.host), "null", `"amd64"`)),
		m.maybe(4, "minKernel", minKernel),
	), "null", "[]")
}

// host returns a name for lists of arches: Docker's, libseccomp's, or one of
// another world.
func (m *maker) host() string {
	if m.in(10) {
		return strconv.Quote(m.pick("x86_64", "AMD64", "aarch64", "SCMP_ARCH_X86_64", "mipsle", "386", ""))
	}
	return m.value(strconv.Quote(m.pick("x86", "amd64", "x32", "arm", "arm64", "loongarch64", "loong64", "mips", "mips64", "mips64n32",
		"mipsel", "mipsel64", "mipsel64n32", "mips3l64n32", "parisc", "parisc64", "ppc", "ppc64", "ppc64le", "riscv64", "s390", "s390x")),
		`""`, "null", "1")
}
