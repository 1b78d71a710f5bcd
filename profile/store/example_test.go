package store_test

import (
	"errors"
	"fmt"
	"os"

	"github.com/seccompile/seccompile/profile/choice"
	"github.com/seccompile/seccompile/profile/store"
)

// An agent requests the profile of each task that it starts.
func Example() {
	dir, err := os.MkdirTemp("", "profiles")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(dir+"/web.json", []byte(`{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [], "syscalls": []}`), 0o644); err != nil {
		fmt.Println(err)
		return
	}
	s, err := store.Open(dir, store.Options{Default: "web.json"})
	if err != nil {
		fmt.Println(err) // the agent does not start
		return
	}
	defer s.Close()
	for _, task := range []string{`{"linux_info": {}}`, `{"linux_info": {"seccomp": {"unconfined": true}}}`} {
		c, err := choice.ParseSeccompInfo([]byte(task), "task.json")
		if err != nil {
			fmt.Println(err)
			return
		}
		switch p, err := s.Profile(c); {
		case errors.Is(err, store.ErrUnconfined):
			fmt.Println(err)
		case err != nil:
			fmt.Println(err) // the task does not start
		default:
			fmt.Println("default action", p.Default())
		}
	}
	// Output:
	// default action ERRNO(1)
	// task.json:1:43: /linux_info/seccomp/unconfined: unconfined: no filter is to be installed
}
