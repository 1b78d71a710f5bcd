package profile

import (
	"encoding/csv"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/internal/calls"
)

// definitions returns the kernel's file that defines each call, by its names: of
// several, on several ABIs, all.
func definitions(t *testing.T) map[string][]string {
	t.Helper()
	read := func(file string) [][]string {
		f, err := os.Open("../internal/calls/" + file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		r := csv.NewReader(f)
		r.Comment = '#'
		rows, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows[1:]
	}
	file := map[string]string{}
	for _, row := range read("types.csv") {
		file[row[0]] = row[1]
	}
	files := map[string][]string{}
	for _, row := range read("table.csv") {
		for _, entry := range row[3:5] {
			if f := file[entry]; f != "" {
				files[row[2]] = append(files[row[2]], f)
			}
		}
	}
	return files
}

// TestGroups: the calls of a group are in the kernel's file that it names, and in no
// other group.
func TestGroups(t *testing.T) {
	defined := definitions(t)
	group := map[string]string{}
	for _, g := range groups {
		if !strings.HasPrefix(g.name, "@") || g.about == "" || len(g.files) == 0 {
			t.Errorf("group %q, which is about %q, has %d files", g.name, g.about, len(g.files))
		}
		for _, f := range g.files {
			for _, name := range strings.Fields(f.calls) {
				if calls.Lookup(name) == 0 || !slices.Contains(defined[name], f.name) {
					t.Errorf("%s has %s, which %s does not define", g.name, name, f.name)
				}
				if other := group[name]; other != "" && other != g.name {
					t.Errorf("%s is in %s and in %s", name, other, g.name)
				}
				group[name] = g.name
			}
		}
		if got := GroupCalls(g.name); len(got) == 0 || !slices.IsSorted(got) {
			t.Errorf("GroupCalls(%s) = %v", g.name, got)
		}
	}
	for name, want := range map[string]string{
		"openat": "@files", "stat64": "@files", "socket": "@network", "clone3": "@processes", "execve": "@processes",
		"mmap2": "@memory", "futex_time64": "@threads", "clock_settime": "@clock", "clock_gettime64": "@time",
		"mount": "@mounts", "unshare": "@mounts", "setuid32": "@setids", "bpf": "@tracing", "init_module": "@machine",
		"ioctl": "", "prctl": "", "open_by_handle_at": "", "personality": "",
	} {
		if group[name] != want {
			t.Errorf("%s is in %q, want %q", name, group[name], want)
		}
	}
	if got := Groups(); len(got) != len(groups) || !slices.Contains(got, "@files") {
		t.Errorf("Groups() = %v", got)
	}
	if GroupCalls("@none") != nil || GroupCalls("") != nil {
		t.Error("a group that does not exist has calls")
	}
}
