package choice

import "testing"

// parseSeccompInfo is a choiceParser.
func parseSeccompInfo(in []byte, file string) ([]Container, error) {
	c, err := ParseSeccompInfo(in, file)
	if err != nil {
		return nil, err
	}
	return []Container{{"", c}}, nil
}

// mesosTests hold Mesos's table of precedence, then forms of texts, then faults.
var mesosTests = []choiceTest{
	{`{"linux_info": {}}`, `unsaid`},
	{`{"linux_info": {"seccomp": null}}`, `unsaid`},
	{`{"profile_name": "web.json", "unconfined": true}`, `two-choices 1:1: /: both profile_name and unconfined: true (keep one of them)`},
	{`{"profile_name": "web.json", "unconfined": false}`, `1:18: /profile_name: named "web.json"`},
	{`{"profile_name": "web.json"}`, `1:18: /profile_name: named "web.json"`},
	{`{"unconfined": true}`, `1:16: /unconfined: unconfined`},
	{`{"unconfined": false}`, `missing 1:1: /: neither profile_name nor unconfined: true (write one of them, or leave this out for the default)`},
	{`{}`, `missing 1:1: /: neither profile_name nor unconfined: true (write one of them, or leave this out for the default)`},
	{`{"profile_name": null, "unconfined": null}`, `missing 1:1: /: neither profile_name nor unconfined: true (write one of them, or leave this out for the default)`},
	{`{"profile_name": "", "unconfined": true}`, `bad-name 1:18: /profile_name: an empty name (write the name of a profile)`},

	{`{"seccomp": {"unconfined": true}}`, `1:28: /seccomp/unconfined: unconfined`},
	{`{"linux_info": {"seccomp": {"profile_name": "a/b.json"}}}`, `1:45: /linux_info/seccomp/profile_name: named "a/b.json"`},
	{`{"container_info": {"type": "MESOS", "linux_info": {"seccomp": {"unconfined": true}}}}`,
		`1:79: /container_info/linux_info/seccomp/unconfined: unconfined`},
	{"{\"name\": \"task\", \"container\": {\"type\": \"MESOS\",\n \"linux_info\": {\"seccomp\": {\"profile_name\": \"web.json\"}}}}",
		`2:45: /container/linux_info/seccomp/profile_name: named "web.json"`},
	{`{"container": {"type": "MESOS"}}`, `unsaid`},
	{`{"container": null}`, `unsaid`},
	{`{"linux_info": {"seccomp": {}}}`,
		`missing 1:28: /linux_info/seccomp: neither profile_name nor unconfined: true (write one of them, or leave this out for the default)`},
	{mesosTask, `1:549: /container/linux_info/seccomp/profile_name: named "web.json"`},

	{``, `syntax 1:1: /: the text is empty (is it the right file?)`},
	{`null`, `type 1:1: /: null where an object should be (delete it)`},
	{`[{"unconfined": true}]`, `type 1:1: /: an array where an object should be (write it in { })`},
	{`{"profile_name": 5}`, `type 1:18: /profile_name: a number where a string should be (write it in quotes)`},
	{`{"unconfined": "true"}`, `type 1:16: /unconfined: a string where a boolean should be (write true or false)`},
	{`{"linux_info": {"seccomp": "web.json"}}`, `type 1:28: /linux_info/seccomp: a string where an object should be (write it in { })`},
	{`{"profile_name": "a", "profile_name": "b"}`, `duplicate-key 1:23: /profile_name: key "profile_name" twice (decoders differ in which one counts: keep one)`},
	{`{"linux_info": {}, "linux_info": {"seccomp": {"unconfined": true}}}`,
		`duplicate-key 1:20: /linux_info: key "linux_info" twice (decoders differ in which one counts: keep one)`},
	{`{"profile_nam": "web.json"}`, `unknown-key 1:2: /profile_nam: unknown key "profile_nam" (did you mean profile_name?)`},
	{`{"profileName": "web.json"}`, `unknown-key 1:2: /profileName: unknown key "profileName" (did you mean profile_name?)`},
	{`{"unconfined": true, "comment": "why"}`, `unknown-key 1:22: /comment: unknown key "comment" (one of profile_name, unconfined)`},
	{`{"Unconfined": true}`, `unknown-key 1:2: /Unconfined: unknown key "Unconfined" (did you mean unconfined?)`},
	{`{"linux_inf": {"seccomp": {"unconfined": true}}}`, `unknown-key 1:2: /linux_inf: unknown key "linux_inf" (did you mean linux_info, of linux_info.seccomp?)`},
	{`{"Linux_Info": {"seccomp": {"unconfined": true}}}`, `unknown-key 1:2: /Linux_Info: unknown key "Linux_Info" (did you mean linux_info, of linux_info.seccomp?)`},
	{`{"linux_info": {"secomp": {"unconfined": true}}}`, `unknown-key 1:17: /linux_info/secomp: unknown key "secomp" (did you mean seccomp, of linux_info.seccomp?)`},
	{`{"linux_info": {"SECCOMP": null}}`, `unknown-key 1:17: /linux_info/SECCOMP: unknown key "SECCOMP" (did you mean seccomp, of linux_info.seccomp?)`},
	{`{"linux_info": {"profile_name": "web.json"}}`,
		`unknown-key 1:17: /linux_info/profile_name: "profile_name" does nothing here (a profile is chosen in linux_info.seccomp)`},
	{`{"container": {"seccomp": {"unconfined": true}}}`,
		`unknown-key 1:16: /container/seccomp: "seccomp" does nothing here (a profile is chosen in linux_info.seccomp)`},
	{`{"container": {"linux_info": {"seccomp_info": {"profile_name": "web.json"}}}}`,
		`unknown-key 1:31: /container/linux_info/seccomp_info: unknown key "seccomp_info" (did you mean seccomp, of linux_info.seccomp?)`},
	{`{"container": {"linux_info": {"seccompinfo": {"profile_name": "web.json"}}}}`,
		`unknown-key 1:31: /container/linux_info/seccompinfo: unknown key "seccompinfo" (did you mean seccomp, of linux_info.seccomp?)`},
	{`{"container": {"linux_info": {"SeccompProfile": "web.json"}}}`,
		`unknown-key 1:31: /container/linux_info/SeccompProfile: unknown key "SeccompProfile" (did you mean seccomp, of linux_info.seccomp?)`},
	{`{"container": {"Linux": {"seccomp": {"unconfined": true}}}}`,
		`unknown-key 1:16: /container/Linux: unknown key "Linux" (did you mean linux_info, of linux_info.seccomp?)`},
	{`{"container": {"mesos": {"linuxInfo": {"seccomp": {"unconfined": true}}}}}`,
		`unknown-key 1:26: /container/mesos/linuxInfo: unknown key "linuxInfo" (did you mean linux_info, of linux_info.seccomp?)`},
	{`{"container": {}, "volumes": [{"a": {"profile_name": "web.json"}}]}`,
		`unknown-key 1:38: /volumes/0/a/profile_name: "profile_name" does nothing here (a profile is chosen in linux_info.seccomp)`},
	{`{"task": {"container": {"linux_info": {"seccomp": {"profile_name": "web.json"}}}}}`,
		`unknown-key 1:2: /task: unknown key "task" (one of profile_name, unconfined)`},
	{`{"container": {"linux_info": {}}, "linux_info": {}}`, `two-choices 1:49: /linux_info: both linux_info and container (keep one of them)`},
	{`{"linux_info": {"seccomp": {"profile_name": "../web.json"}}}`,
		`bad-name 1:45: /linux_info/seccomp/profile_name: name "../web.json" goes up (write it relative to the directory of the profiles, such as "web.json")`},
}

// mesosTask has every key of a TaskInfo, a ContainerInfo and a LinuxInfo.
const mesosTask = `{"name": "t", "task_id": {"value": "1"}, "slave_id": {}, "agent_id": {}, "resources": [], "executor": {}, "command": {},` +
	` "health_check": {}, "check": {}, "kill_policy": {}, "data": "", "labels": {}, "discovery": {}, "max_completion_time": {}, "limits": {},` +
	` "container_id": {}, "container": {"type": "MESOS", "volumes": [], "hostname": "h", "docker": {}, "mesos": {}, "network_infos": [],` +
	` "rlimit_info": {}, "tty_info": {}, "linux_info": {"capability_info": {}, "bounding_capabilities": {}, "effective_capabilities": {}, "seccomp": {"profile_name": "web.json"},` +
	` "share_pid_namespace": true, "ipc_mode": "PRIVATE", "shm_size": 1, "share_cgroups": true}}}`

func TestParseSeccompInfo(t *testing.T) { testChoices(t, parseSeccompInfo, mesosTests) }
