package layers

import (
	"go/parser"
	"go/token"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMayImport: the tables forbid what they are meant to.
func TestMayImport(t *testing.T) {
	tests := []struct {
		file, pkg string
		want      bool
	}{
		{"arch/arch.go", "fmt", true},
		{"arch/arch.go", module + "/internal/spell", true},
		{"arch/arch.go", module + "/syscalls", false},
		{"syscalls/call.go", module + "/arch", true},
		{"syscalls/call.go", module + "/profile", false},
		{"internal/abi/abi.go", module + "/arch", false},
		{"internal/diagram/build.go", module + "/internal/abi", false},
		{"internal/vm/run.go", module + "/internal/diagram", false},
		{"internal/vm/run.go", module + "/compile", false},
		{"internal/prove/prove.go", module + "/internal/vm", true},
		{"internal/prove/prove.go", module + "/internal/diagram", false},
		{"internal/prove/prove.go", module + "/compile", false},
		{"profile/decide.go", module + "/compile", false},
		{"profile/decide.go", module + "/profile/vector", false},
		{"profile/decide.go", module + "/profile/store", false},
		{"profile/store/store.go", module + "/profile", true},
		{"profile/store/store.go", module + "/compile", false},
		{"compile/emit.go", module + "/internal/prove", true},
		{"compile/emit.go", module + "/install", false},
		{"compile/emit.go", module + "/compile/cache", false},
		{"compile/cache/cache.go", module + "/install", true},
		{"install/install.go", module + "/internal/abi", true},
		{"install/install.go", module + "/arch", false},
		{"install/install.go", module + "/compile", false},
		{"install/install_test.go", module + "/compile", true},
		{"install/notify/notify.go", module + "/install", true},
		{"install/install.go", module + "/install/notify", false},
		{"cmd/seccompile/main.go", module + "/compile", true},
		{"cmd/seccompile/main.go", module + "/profile/vector", true},
		{"cmd/seccompile/main.go", module + "/internal/spell", false},
		{"cmd/seccompile/main.go", module + "/internal/vm", false},
		{"internal/cmd/gensyscalls/main.go", module + "/arch", false},
		{"arch/arch.go", module, false},

		{"compile/emit.go", "golang.org/x/net/bpf", true},
		{"profile/read.go", "golang.org/x/net/bpf", false},
		{"install/notify/notify.go", "golang.org/x/net/bpf", false},
		{"compile/emit.go", "golang.org/x/net/html", false},
		{"profile/host_linux.go", "golang.org/x/sys/unix", true},
		{"profile/host_other.go", "golang.org/x/sys/unix", false},
		{"profile/host_linux_test.go", "golang.org/x/sys/unix", true},
		{"compile/emit.go", "golang.org/x/sys/unix", false},
		{"install/install_linux.go", "golang.org/x/sys/unix", true},
		{"install/install_linux.go", "golang.org/x/sys/windows", false},
		{"install/install_linux.go", "time", false},
		{"install/tracee_linux.go", "time", true},
		{"install/start_linux.go", "time", true},
		{"cmd/seccompile/dispatch.go", "github.com/spf13/cobra", true},
		{"cmd/seccompile/usage_test.go", "github.com/spf13/pflag", true},
		{"compile/emit_test.go", "github.com/spf13/pflag", false},
		{"compile/emit.go", "github.com/spf13/cobra", false},
		{"profile/host_linux.go", "golang.org/x/term", false},
		{"arch/arch.go", "github.com/google/go-cmp/cmp", false},
		{"arch/arch_test.go", "github.com/google/go-cmp/cmp", true},
		{"arch/arch_test.go", "github.com/google/go-cmp/cmp/cmpopts", true},
		{"arch/arch_test.go", "github.com/stretchr/testify/assert", false},
		{"arch/arch_test.go", "golang.org/x/system", false},

		{"profile/read.go", "os", false},
		{"profile/read.go", "os/exec", false},
		{"profile/store/store.go", "os", true},
		{"profile/store/store.go", "syscall", false},
		{"profile/read.go", "embed", true},
		{"profile/read_test.go", "os", true},
		{"cmd/seccompile/run_linux.go", "os/exec", true},
		{"internal/cmd/gensyscalls/import.go", "os", true},
		{"compile/emit.go", "syscall", false},
		{"compile/emit.go", "unsafe", false},
		{"compile/emit.go", "math/rand/v2", false},
		{"compile/emit.go", "math/bits", true},
		{"compile/emit.go", "net/netip", false},
		{"compile/emit.go", "C", false},
	}
	for _, tt := range tests {
		if why := mayImport(tt.file, tt.pkg); (why == "") != tt.want {
			t.Errorf("mayImport(%s, %s) = %q, want that it may: %v", tt.file, tt.pkg, why, tt.want)
		}
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name, file, text string
		want             []string
	}{
		{"nothing", "compile/a.go", `import "runtime"; var v = runtime.Version(); type t struct{}; func (t) init() {}`, nil},
		{"init", "compile/a.go", `func init() {}`,
			[]string{"compile/a.go has an init function: a program that imports a package has not asked for work"}},
		{"init of a test", "compile/a_test.go", `func init() {}`, nil},
		{"GOARCH", "compile/a.go", `import "runtime"; func f() string { return runtime.GOARCH }`,
			[]string{"compile/a.go asks runtime.GOARCH: the ABI is profile.Target's to say"}},
		{"GOARCH by another name", "compile/a.go", `import r "runtime"; var v = r.GOARCH`,
			[]string{"compile/a.go asks runtime.GOARCH: the ABI is profile.Target's to say"}},
		{"GOARCH of the host", "profile/host_linux.go", `import "runtime"; var v = runtime.GOARCH`, nil},
		{"GOARCH of the installer", "install/a.go", `import "runtime"; var v = runtime.GOARCH + runtime.GOOS`,
			[]string{"install/a.go asks runtime.GOARCH: the ABI is profile.Target's to say"}},
		{"another's GOOS", "compile/a.go", `type runtime struct{ GOOS string }; func f(runtime runtime) string { return runtime.GOOS }`, nil},
		{"Uname", "install/a.go", `import "golang.org/x/sys/unix"; var v = unix.Uname(nil)`,
			[]string{"install/a.go asks golang.org/x/sys/unix.Uname: the kernel is profile.Target's to say"}},
		{"native order", "internal/vm/a.go", `import "encoding/binary"; var v = binary.NativeEndian`,
			[]string{"internal/vm/a.go asks encoding/binary.NativeEndian: the byte order is the target's"}},
		{"dot", "compile/a_test.go", `import . "runtime"`,
			[]string{"compile/a_test.go imports runtime with a dot, which hides where names come from"}},
		{"layer", "arch/a.go", `import _ "github.com/seccompile/seccompile/profile"`,
			[]string{"arch/a.go imports github.com/seccompile/seccompile/profile: facts alone"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := parser.ParseFile(token.NewFileSet(), tt.file, "package p; "+tt.text, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, faults(tt.file, f)); diff != "" {
				t.Errorf("faults of %s (-want +got)\n%s", tt.text, diff)
			}
		})
	}
}
