package compile

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// TestRemoveAdd takes each entry from a profile and adds it again, at the end. To the
// kernel the two are one, and without the entry the profile is another unless it has the
// entry twice, or other entries or the default say as much.
func TestRemoveAdd(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	files, _ := filepath.Glob("../../shared/corpus/*.json")
	texts := map[string][]byte{"default.json": profile.DefaultText()}
	for i := 0; i < len(files); i += 16 {
		text, err := os.ReadFile(files[i])
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(files[i])] = text
	}
	target := profile.Target{Arch: arch.X86_64, Caps: mustCaps("docker"), Kernel: syscalls.Version{Major: 6, Minor: 18}, AcceptWeaker: true}
	target.Enosys.Mode = profile.EnosysOff // whose rule goes by all names
	sum := func(p *profile.Profile) (sum [32]byte, err error) {
		res, err := p.Resolve(target)
		if err != nil {
			return sum, err
		}
		return Fingerprint(res.Policy())
	}
	entries, changed, skipped := 0, 0, 0
	for file, text := range texts {
		p, err := profile.Parse(text, profile.ParseOptions{File: file})
		if err != nil {
			skipped++
			continue
		}
		want, err := sum(p)
		if err != nil {
			skipped++
			continue
		}
		canonical, err := p.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var whole struct{ Syscalls []json.RawMessage }
		if err := json.Unmarshal(canonical, &whole); err != nil {
			t.Fatal(err)
		}
		for _, raw := range whole.Syscalls {
			e, err := profile.ParseEntries(raw, profile.ParseOptions{File: "entry", Dialect: p.Dialect()})
			if err != nil {
				continue // a config.json's or a resource's
			}
			without, err := p.Remove(e)
			if err != nil {
				t.Errorf("%s: Remove(%s): %v", file, raw, err)
				continue
			}
			again, err := without.Add(e)
			if err != nil {
				continue // the profile contradicts itself, or says it twice in other words
			}
			entries++
			if got, err := sum(again); err != nil || got != want {
				t.Errorf("%s: removed and added, %s changes the profile: %v", file, raw, err)
			}
			if got, err := sum(without); err != nil || got != want {
				changed++
			}
		}
	}
	t.Logf("%d entries of %d profiles, %d of which matter on x86_64, %d profiles are faulty", entries, len(texts)-skipped, changed, skipped)
	if entries < 30 || changed*2 < entries {
		t.Errorf("%d entries, %d matter: want 30, and most of them", entries, changed)
	}
}
