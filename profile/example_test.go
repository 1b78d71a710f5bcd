package profile_test

import (
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

func Example() {
	text := []byte(`{
  "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [
    {"names": ["read", "write", "exit_group"], "action": "SCMP_ACT_ALLOW"},
    {
      "names": ["mmap"],
      "action": "SCMP_ACT_ALLOW",
      "args": [{"index": 1, "value": 1048576, "op": "SCMP_CMP_LE"}]
    },
    {"names": ["reboot"], "action": "SCMP_ACT_KILL_PROCESS", "excludes": {"caps": ["CAP_SYS_BOOT"]}}
  ]
}`)
	p, err := profile.Parse(text, profile.ParseOptions{File: "web.json"})
	if err != nil {
		log.Fatal(err)
	}
	res, err := p.Resolve(profile.Target{Arch: arch.X86_64, Kernel: syscalls.Version{Major: 6, Minor: 1}})
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range []string{
		"x86_64 read(0)", "x86_64 mmap(0, 4096)", "x86_64 mmap(0, 0x100000000)", "x86_64 reboot()", "x86_64 futex_waitv()", "x86 read(0)",
	} {
		call, err := syscalls.ParseCall(s)
		if err != nil {
			log.Fatal(err)
		}
		action, rule := res.Decide(call)
		if rule != nil {
			fmt.Printf("%s = %s, by %s\n", call, action, rule.Pos())
		} else {
			fmt.Printf("%s = %s\n", call, action)
		}
	}
	// Output:
	// x86_64 read() = ALLOW, by web.json:4:16
	// x86_64 mmap(0, 4096) = ALLOW, by web.json:6:17
	// x86_64 mmap(0, 0x100000000) = ERRNO(1)
	// x86_64 reboot() = KILL_PROCESS, by web.json:10:16
	// x86_64 futex_waitv() = ERRNO(38)
	// x86 read() = KILL_THREAD
}

// ExampleNew makes a policy in Go: files are opened for reading only, not created or
// truncated, and sockets are local.
func ExampleNew() {
	p, err := profile.New(policy.Errno(1)).
		Allow("read", "write", "close", "exit_group").
		Allow("openat").If(profile.Arg(2).Masked("O_ACCMODE|O_CREAT|O_TRUNC", "O_RDONLY")).
		Allow("socket").If(profile.Arg(0).Is("AF_UNIX")).
		Errno("ENOSYS", "clone3").
		Profile()
	if err != nil {
		log.Fatal(err)
	}
	res, err := p.Resolve(profile.Target{Arch: arch.X86_64})
	if err != nil {
		log.Fatal(err)
	}
	for _, text := range []string{"x86_64 openat(-100, 0, 0)", "x86_64 openat(-100, 0, 1)", "x86_64 openat(-100, 0, 0x40)", "x86_64 socket(2, 1, 0)"} {
		call, err := syscalls.ParseCall(text)
		if err != nil {
			log.Fatal(err)
		}
		action, _ := res.Decide(call)
		fmt.Println(call, "is", action)
	}
	// Output:
	// x86_64 openat(-100) is ALLOW
	// x86_64 openat(-100, 0, 1) is ERRNO(1)
	// x86_64 openat(-100, 0, 64) is ERRNO(1)
	// x86_64 socket(2, 1) is ERRNO(1)
}

// ExampleBuilder_Profile shows what misuse says. Errors have the line of Go code.
func ExampleBuilder_Profile() {
	_, err := profile.New(policy.Errno(1)).
		Allow("raed").
		Allow("socket").If(profile.Arg(0).Is("AF_INTE")).
		Profile()
	var e *profile.Error
	if errors.As(err, &e) {
		fmt.Println(e.Code, "in", e.Pos.File)
	}
	for line := range strings.Lines(err.Error()) {
		_, text, _ := strings.Cut(line, ": ")
		fmt.Print(text)
	}
	// Output:
	// unknown-call in example_test.go
	// unknown system call "raed" (did you mean read?)
	// unknown constant "AF_INTE" (did you mean AF_INET?)
}

// ExampleFromStruct has the fields of specs.LinuxSeccomp, which a runtime passes
// itself.
func ExampleFromStruct() {
	type syscall struct {
		Names  []string
		Action string
	}
	section := struct {
		DefaultAction string
		Flags         []string
		Syscalls      []syscall
	}{"SCMP_ACT_ALLOW", []string{}, []syscall{{[]string{"mkdir"}, "SCMP_ACT_ERNO"}}}
	_, err := profile.FromStruct(section, profile.ParseOptions{File: "spec.Linux.Seccomp"})
	fmt.Println(err)
	// Output:
	// spec.Linux.Seccomp.Syscalls[0].Action: unknown action "SCMP_ACT_ERNO" (did you mean SCMP_ACT_ERRNO?)
}

// Parse returns all faults, not only the first.
func ExampleParse() {
	_, err := profile.Parse([]byte(`{
  "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [
    {"names": ["read"], "action": "SCMP_ACT_ALOW"},
    {"names": ["lseek"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 6, "op": "SCMP_CMP_EQ"}]}
  ]
}`), profile.ParseOptions{File: "web.json"})
	fmt.Println(err)

	var fault *profile.Error
	if errors.As(err, &fault) {
		fmt.Println(fault.Code, "at line", fault.Pos.Line)
	}
	// Output:
	// web.json:4:35: /syscalls/0/action: unknown action "SCMP_ACT_ALOW" (did you mean SCMP_ACT_ALLOW?)
	// web.json:5:73: /syscalls/1/args/0/index: argument index 6 (a call has six arguments, 0 to 5)
	// unknown-action at line 4
}

// A part that is skipped without harm is a note. It is an error if the policy would be
// weaker than the text.
func ExampleProfile_Resolve() {
	p, err := profile.Parse([]byte(`{
  "defaultAction": "SCMP_ACT_ALLOW",
  "syscalls": [
    {"names": ["reboot", "kexec_laod"], "action": "SCMP_ACT_ERRNO"},
    {"names": ["uname"], "action": "SCMP_ACT_ALLOW"}
  ]
}`), profile.ParseOptions{File: "desk.json"})
	if err != nil {
		log.Fatal(err)
	}
	target := profile.Target{Arch: arch.AArch64}
	_, err = p.Resolve(target)
	fmt.Println(err)
	fmt.Println("refused:", errors.Is(err, profile.ErrRefused))

	target.AcceptWeaker = true
	res, err := p.Resolve(target)
	if err != nil {
		log.Fatal(err)
	}
	for _, n := range res.Notes() {
		fmt.Println(n.Effect, n.Code)
	}
	// Output:
	// desk.json:4:26: /syscalls/0/names/1: unknown system call "kexec_laod" (did you mean kexec_load?) is ignored; refused because the policy would be weaker than the text (--accept-weaker and Target.AcceptWeaker accept it)
	// refused: true
	// weaker unknown-call
	// same says-default
}

func ExampleResolution() {
	p, err := profile.Parse([]byte(`{
  "defaultAction": "SCMP_ACT_ALLOW",
  "syscalls": [
    {"names": ["reboot"], "action": "SCMP_ACT_KILL_PROCESS"},
    {
      "names": ["lseek"],
      "action": "SCMP_ACT_ERRNO",
      "errnoRet": 22,
      "args": [{"index": 1, "value": 9223372036854775807, "op": "SCMP_CMP_GT"}]
    }
  ]
}`), profile.ParseOptions{})
	if err != nil {
		log.Fatal(err)
	}
	res, err := p.Resolve(profile.Target{Arch: arch.X86_64})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(res)
	// Output:
	// default ALLOW
	// bad arch KILL_THREAD
	// flag SECCOMP_FILTER_FLAG_SPEC_ALLOW
	// x86_64
	//   8 lseek if a1 > 0x7fffffffffffffff -> ERRNO(22)  # 6:17
	//   169 reboot -> KILL_PROCESS  # 4:16
}

// The bounding set of a container: names for the Target, and numbers for the installer.
func ExampleParseCaps() {
	caps, err := profile.ParseCaps("cri-o,CAP_NET_RAW")
	if err != nil {
		fmt.Println(err)
		return
	}
	bounding, err := profile.CapNumbers(caps) // install.Options.Bounding
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(caps), caps[9], bounding[9])
	// Output: 10 CAP_NET_RAW 13
}
