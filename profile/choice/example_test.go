package choice_test

import (
	"fmt"

	"github.com/seccompile/seccompile/profile/choice"
)

func ExampleParseMarathon() {
	list, err := choice.ParseMarathon([]byte(`{
  "id": "/pod",
  "containers": [
    {"name": "web", "linuxInfo": {"seccomp": {"profileName": "web.json"}}},
    {"name": "log"}
  ]
}`), "pod.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range list {
		fmt.Println(c.Name, c.Choice)
	}
	// Output:
	// web pod.json:4:62: /containers/0/linuxInfo/seccomp/profileName: named "web.json"
	// log unsaid
}

func ExampleParseKubernetes() {
	_, err := choice.ParseKubernetes([]byte(`{
  "kind": "Pod",
  "spec": {"containers": [
    {"name": "web", "securityContext": {"seccompProfil": {"type": "RuntimeDefault"}}}
  ]}
}`), "pod.json")
	fmt.Println(err)
	// Output:
	// pod.json:4:41: /spec/containers/0/securityContext/seccompProfil: unknown key "seccompProfil" (did you mean seccompProfile, of securityContext.seccompProfile of the pod's spec or of a container?)
}

func ExampleParseSecurityOpts() {
	c, err := choice.ParseSecurityOpts([]string{"no-new-privileges", "seccomp=web.json"}, "")
	fmt.Println(c.Kind, c.Name, err)
	// Output:
	// file web.json <nil>
}
