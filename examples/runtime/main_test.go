package main

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
)

var target = profile.Target{Arch: arch.X86_64}

// decode returns a config.json as a runtime has it.
func decode(t *testing.T, section string) *specs.Spec {
	t.Helper()
	var spec specs.Spec
	if err := json.Unmarshal([]byte(`{"linux":{"seccomp":`+section+`}}`), &spec); err != nil {
		t.Fatal(err)
	}
	return &spec
}

// TestFlags: flags that are empty, absent or named mean the same in structs as in text.
// Marshaled structs have lost the empty ones.
func TestFlags(t *testing.T) {
	for _, flags := range []string{`"flags":[],`, ``, `"flags":["SECCOMP_FILTER_FLAG_LOG"],`} {
		section := `{"defaultAction":"SCMP_ACT_ALLOW",` + flags + `"syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO"}]}`
		want, err := compile.JSON([]byte(section), target, compile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		spec := decode(t, section)
		got, err := filter(spec, target)
		if err != nil || got.Flags() != want.Flags() || !slices.Equal(got.Insns(), want.Insns()) {
			t.Errorf("with %q the filter has flags %#x, %v, want %#x", flags, got.Flags(), err, want.Flags())
		}
		again, err := json.Marshal(spec.Linux.Seccomp)
		if err != nil {
			t.Fatal(err)
		}
		lost, err := compile.JSON(again, target, compile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if differs := lost.Flags() != want.Flags(); differs != (flags == `"flags":[],`) {
			t.Errorf("with %q marshaled structs have flags %#x: this example has lost its reason", flags, lost.Flags())
		}
	}
}

// TestDefault proves that Docker's policy as structs is Docker's policy.
func TestDefault(t *testing.T) {
	for a := range arch.All() {
		target := profile.Target{Arch: a, Caps: []string{"CAP_CHOWN"}, Compat: profile.CompatRunc}
		target.Kernel.Major, target.Kernel.Minor = 6, 1
		res, err := profile.Default().Resolve(target)
		if err != nil {
			t.Fatal(err)
		}
		section, err := json.Marshal(res)
		if err != nil {
			t.Fatal(err)
		}
		f, err := filter(decode(t, string(section)), target)
		if err != nil {
			t.Fatal(err)
		}
		if err := compile.Verify(f, res.Policy()); err != nil {
			t.Errorf("%s: %v", a, err)
		}
	}
}

// fill sets every field of a struct to something.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.String:
		v.SetString(map[string]string{"LinuxSeccompAction": "SCMP_ACT_ERRNO", "LinuxSeccompOperator": "SCMP_CMP_MASKED_EQ",
			"Arch": "SCMP_ARCH_X86", "LinuxSeccompFlag": "SECCOMP_FILTER_FLAG_LOG"}[v.Type().Name()])
		if v.Len() == 0 {
			v.SetString("read")
		}
	default:
		v.SetUint(1)
	}
}

// TestFields: no field of the specification is unknown.
func TestFields(t *testing.T) {
	var s specs.LinuxSeccomp
	fill(reflect.ValueOf(&s).Elem())
	p, err := profile.FromStruct(s, profile.ParseOptions{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":1,"architectures":["SCMP_ARCH_X86"],"flags":["SECCOMP_FILTER_FLAG_LOG"],` +
		`"listenerPath":"read","listenerMetadata":"read","syscalls":[{"names":["read"],"action":"SCMP_ACT_ERRNO","errnoRet":1,` +
		`"args":[{"index":1,"value":1,"valueTwo":1,"op":"SCMP_CMP_MASKED_EQ"}]}]}`
	if string(got) != want {
		t.Errorf("the profile is %s, want %s", got, want)
	}
}

func TestFaults(t *testing.T) {
	spec := decode(t, `{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_EERNO"}]}`)
	if _, err := filter(spec, target); err == nil || !strings.HasPrefix(err.Error(), "spec.Linux.Seccomp.Syscalls[0].Action: unknown action") {
		t.Errorf("filter = %v", err)
	}
	for _, spec := range []*specs.Spec{{}, {Linux: &specs.Linux{}}} {
		if f, err := filter(spec, target); f != nil || err != nil {
			t.Errorf("filter = %v, %v, want none", f, err)
		}
	}
}
