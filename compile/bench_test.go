package compile

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// The default profile for x86_64, x86 and x32.
var benchTarget = profile.Target{Arch: arch.X86_64, Caps: mustCaps("docker"), Kernel: syscalls.Version{Major: 6, Minor: 18}}

func BenchmarkJSON(b *testing.B) {
	text := profile.DefaultText()
	for _, o := range bothWays {
		b.Run(o.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := JSON(text, benchTarget, o.Options); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// bothWays are with and without the proof.
var bothWays = []struct {
	name string
	Options
}{
	{"proved", Options{}},
	{"unproved", Options{NoVerify: true}},
}

// plainProfile is the default profile's text as plain structs. What
// encoding/json takes to fill them is the measure for the other times.
type plainProfile struct {
	DefaultAction   string `json:"defaultAction"`
	DefaultErrnoRet uint   `json:"defaultErrnoRet"`
	ArchMap         []struct {
		Architecture     string   `json:"architecture"`
		SubArchitectures []string `json:"subArchitectures"`
	} `json:"archMap"`
	Syscalls []struct {
		Names    []string   `json:"names"`
		Action   string     `json:"action"`
		ErrnoRet uint       `json:"errnoRet"`
		Args     []plainArg `json:"args"`
		Comment  string     `json:"comment"`
		Includes plainGuard `json:"includes"`
		Excludes plainGuard `json:"excludes"`
	} `json:"syscalls"`
}

type plainArg struct {
	Index    uint   `json:"index"`
	Value    uint64 `json:"value"`
	ValueTwo uint64 `json:"valueTwo"`
	Op       string `json:"op"`
}

type plainGuard struct {
	Caps      []string `json:"caps"`
	Arches    []string `json:"arches"`
	MinKernel string   `json:"minKernel"`
}

func BenchmarkUnmarshal(b *testing.B) {
	text := profile.DefaultText()
	b.ReportAllocs()
	for b.Loop() {
		if err := json.Unmarshal(text, new(plainProfile)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	text := profile.DefaultText()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := profile.Parse(text, profile.ParseOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkResolve(b *testing.B) {
	p := profile.Default()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Resolve(benchTarget); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPolicy(b *testing.B) {
	pol, err := profile.Default().Resolve(benchTarget)
	if err != nil {
		b.Fatal(err)
	}
	for _, o := range bothWays {
		b.Run(o.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Resolution(pol, o.Options); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSpeed compares the time for a policy, without its proof, with the
// time that encoding/json takes for the text of its profile, by the fastest of
// many short rounds in turn: machines jitter, and this ratio hardly.
func BenchmarkSpeed(b *testing.B) {
	pol, err := profile.Default().Resolve(benchTarget)
	if err != nil {
		b.Fatal(err)
	}
	text := profile.DefaultText()
	fastest := func(least time.Duration, f func() error) time.Duration {
		start := time.Now()
		for range 4 {
			if err := f(); err != nil {
				b.Fatal(err)
			}
		}
		return min(least, time.Since(start))
	}
	ours, json := time.Hour, time.Hour
	for b.Loop() {
		for range 200 {
			ours = fastest(ours, func() error { _, err := Resolution(pol, Options{NoVerify: true}); return err })
			json = fastest(json, func() error { return unmarshal(text) })
		}
	}
	b.ReportMetric(float64(ours.Nanoseconds())/4, "ns/policy")
	b.ReportMetric(float64(json.Nanoseconds())/4, "ns/json")
	b.ReportMetric(float64(ours)/float64(json), "ratio")
}

// unmarshal reads a profile into plain structs, as programs do that leave the
// rest to a library.
func unmarshal(text []byte) error {
	type arg struct {
		Index           uint
		Value, ValueTwo uint64
		Op              string
	}
	type guard struct {
		Caps, Arches []string
		MinKernel    string
	}
	var p struct {
		DefaultAction   string
		DefaultErrnoRet *uint
		ArchMap         []struct {
			Architecture     string
			SubArchitectures []string
		}
		Syscalls []struct {
			Names              []string
			Action             string
			ErrnoRet           *uint
			Args               []*arg
			Includes, Excludes guard
		}
	}
	return json.Unmarshal(text, &p)
}

func BenchmarkRun(b *testing.B) {
	f, err := Profile(profile.Default(), benchTarget, Options{})
	if err != nil {
		b.Fatal(err)
	}
	call, err := syscalls.ParseCall("x86_64 openat(-100, 0, 2)")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		f.Run(call)
	}
	b.ReportMetric(float64(f.Steps(call)), "steps")
}
