package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var ours = cmp.AllowUnexported(table{}, source{}, row{}, definition{}, subcall{})

func TestTableWriteRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "table.csv")
	in := &table{
		sources: []source{
			{"linux 7.3.4, package a_1 (sha256 12)", []string{"x86", "arm"}},
			{"linux 6.12.1: older", []string{"s390"}},
		},
		rows: []row{
			{abi: "s390", number: 1, name: "exit", entry: "sys_exit"},
			{abi: "arm", number: 983042, name: "cacheflush"},
			{abi: "arm", number: 3, name: "read", entry: "sys_read", widths: "32 32 32"},
			{abi: "x86", number: 11, name: "execve", entry: "sys_execve", compat: "compat_sys_execve"},
			{abi: "arm", number: 341, name: "sync_file_range2", entry: "sys_x", widths: "16"},
			{abi: "arm", number: 341, name: "arm_sync_file_range", entry: "sys_x", widths: "16"},
		},
	}
	if err := in.write(file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := `# x86 arm: linux 7.3.4, package a_1 (sha256 12)
# s390: linux 6.12.1: older
abi,number,name,entry,compat,widths
x86,11,execve,sys_execve,compat_sys_execve,
arm,3,read,sys_read,,32 32 32
arm,341,arm_sync_file_range,sys_x,,16
arm,341,sync_file_range2,sys_x,,16
arm,983042,cacheflush,,,
s390,1,exit,sys_exit,,
`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("write (-want +got)\n%s", diff)
	}
	out, err := readTable(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in, out, ours); diff != "" {
		t.Errorf("readTable of what write wrote (-want +got)\n%s", diff)
	}
}

func TestReadTableErrors(t *testing.T) {
	const file = "table.csv"
	tests := []struct{ name, text, want string }{
		{"empty", "", "table.csv: first row is not abi,number,name,entry,compat,widths"},
		{"header alone", "# x86: linux\n", "table.csv: first row is not abi,number,name,entry,compat,widths"},
		{"a cut header", "# x86: linux", "table.csv: EOF"},
		{"header without ABIs", "# linux\n" + columns + "\n", "table.csv: header line \"# linux\\n\" is not # ABIS: SOURCE"},
		{"other columns", "abi,number,name\n", "table.csv: first row is not abi,number,name,entry,compat,widths"},
		{"a word for a number", columns + "\nx86,1,exit,,,\nx86,one,exit,,,\n", `table.csv:3: strconv.ParseUint: parsing "one": invalid syntax`},
		{"a negative number", columns + "\nx86,-1,exit,,,\n", `table.csv:2: strconv.ParseUint: parsing "-1": invalid syntax`},
		{"a field short", columns + "\nx86,1,exit,,\n", "table.csv: record on line 2: wrong number of fields"},
	}
	t.Chdir(t.TempDir())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			writeFile(t, file, tt.text)
			if _, err := readTable(file); err == nil || err.Error() != tt.want {
				t.Errorf("readTable(%q): %v, want %s", tt.text, err, tt.want)
			}
		})
	}
	if _, err := readTable("none.csv"); !os.IsNotExist(err) {
		t.Errorf("readTable of no file: %v, want one that os.IsNotExist knows", err)
	}
}
