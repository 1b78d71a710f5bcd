package choice

import "testing"

// marathonApp and marathonPod have every key of an app and of a pod.
const (
	marathonApp = `{"id": "/a", "acceptedResourceRoles": [], "args": [], "backoffFactor": 1, "backoffSeconds": 1, "check": {}, "cmd": "x", "constraints": [],` +
		` "cpus": 1, "dependencies": [], "deployments": [], "disk": 0, "env": {"seccomp": "no"}, "executor": "", "executorResources": {}, "fetch": [], "gpus": 0,` +
		` "healthChecks": [], "instances": 1, "ipAddress": {}, "killSelection": "", "labels": {"seccomp": "no"}, "maxLaunchDelaySeconds": 1, "mem": 1,` +
		` "networks": [], "ports": [], "portDefinitions": [], "readinessChecks": [], "residency": {}, "requirePorts": true, "role": "", "secrets": {},` +
		` "storeUrls": [], "taskKillGracePeriodSeconds": 1, "tasks": [], "tty": true, "unreachableStrategy": {}, "upgradeStrategy": {}, "uris": [], "user": "", "version": "",` +
		"\n" + ` "container": {"type": "MESOS", "docker": {"image": "a"}, "volumes": [], "portMappings": [],` +
		"\n" + ` "linuxInfo": {"ipcInfo": {"mode": "PRIVATE"}, "seccomp": {"profileName": "web.json", "unconfined": false}}}}`
	marathonPod = `{"id": "/p", "labels": {"seccomp": "no"}, "version": "", "user": "", "environment": {}, "secrets": {}, "volumes": [], "networks": [], "scaling": {},` +
		` "scheduling": {}, "executorResources": {"cpus": 1, "mem": 1, "disk": 1}, "linuxInfo": {"ipcInfo": {}}, "role": "", "legacySharedCgroups": true,` +
		"\n" + ` "containers": [{"name": "a", "exec": {}, "resources": {}, "resourceLimits": {}, "endpoints": [], "image": {}, "environment": {}, "user": "", "healthCheck": {}, "check": {},` +
		` "volumeMounts": [], "artifacts": [], "labels": {}, "lifecycle": {}, "tty": true,` +
		"\n" + ` "linuxInfo": {"seccomp": {"profileName": "web.json"}}},` +
		"\n" + ` {"name": "b", "linuxInfo": {"seccomp": {"unconfined": true}}}, {"name": "c"}, {"name": "d", "linuxInfo": {}}]}`
)

var marathonTests = []choiceTest{
	{marathonApp, `3:75: /container/linuxInfo/seccomp/profileName: named "web.json"`},
	{`{"id": "/a", "container": {"linuxInfo": {"seccomp": {"unconfined": true}}}}`, `1:68: /container/linuxInfo/seccomp/unconfined: unconfined`},
	{`{"id": "/a"}`, `unsaid`},
	{`{"id": "/a", "container": null}`, `unsaid`},
	{`{"id": "/a", "container": {"linuxInfo": {"seccomp": null}}}`, `unsaid`},
	{marathonPod, `a 3:43: /containers/0/linuxInfo/seccomp/profileName: named "web.json"
b 4:56: /containers/1/linuxInfo/seccomp/unconfined: unconfined
c unsaid
d unsaid`},

	{`{"container": {"linuxInfo": {"seccomp": {"profileName": "web.json", "unconfined": true}}}}`,
		`two-choices 1:41: /container/linuxInfo/seccomp: both profileName and unconfined: true (keep one of them)`},
	{`{"container": {"linuxInfo": {"seccomp": {}}}}`,
		`missing 1:41: /container/linuxInfo/seccomp: neither profileName nor unconfined: true (write one of them, or leave this out for the default)`},
	{`{"container": {"linuxInfo": {"seccomp": {"unconfined": false}}}}`,
		`missing 1:41: /container/linuxInfo/seccomp: neither profileName nor unconfined: true (write one of them, or leave this out for the default)`},
	{`{"container": {"linuxInfo": {"seccomp": {"profileName": ""}}}}`,
		`bad-name 1:57: /container/linuxInfo/seccomp/profileName: an empty name (write the name of a profile)`},
	{`{"container": {"linuxInfo": {"seccomp": {"profile_name": "web.json"}}}}`,
		`unknown-key 1:42: /container/linuxInfo/seccomp/profile_name: unknown key "profile_name" (did you mean profileName?)`},
	{`{"container": {"linuxinfo": {"seccomp": {"unconfined": true}}}}`,
		`unknown-key 1:16: /container/linuxinfo: unknown key "linuxinfo" (did you mean linuxInfo, of linuxInfo.seccomp of a container?)`},
	{`{"contaner": {"linuxInfo": {"seccomp": {"unconfined": true}}}}`,
		`unknown-key 1:2: /contaner: unknown key "contaner" (did you mean container, of linuxInfo.seccomp of a container?)`},
	{`{"container": {"seccomp": {"unconfined": true}}}`,
		`unknown-key 1:16: /container/seccomp: "seccomp" does nothing here (a profile is chosen in linuxInfo.seccomp of a container)`},
	{`{"linuxInfo": {"seccomp": {"unconfined": true}}}`,
		`unknown-key 1:2: /linuxInfo: "linuxInfo" does nothing here (a profile is chosen in linuxInfo.seccomp of a container)`},
	{`{"container": {"linuxInfo": {"seccompInfo": {"profileName": "web.json"}}}}`,
		`unknown-key 1:30: /container/linuxInfo/seccompInfo: unknown key "seccompInfo" (did you mean seccomp, of linuxInfo.seccomp of a container?)`},
	{`{"container": {"linux_info": {"seccomp": {"profileName": "web.json"}}}}`,
		`unknown-key 1:16: /container/linux_info: unknown key "linux_info" (did you mean linuxInfo, of linuxInfo.seccomp of a container?)`},
	{`{"app": {"container": {"linuxInfo": {"seccomp": {"profileName": "web.json"}}}}}`,
		`unknown-key 1:24: /app/container/linuxInfo: "linuxInfo" does nothing here (a profile is chosen in linuxInfo.seccomp of a container)`},
	{`{"app": [{"container": {"profile_name": "web.json"}}]}`,
		`unknown-key 1:25: /app/0/container/profile_name: unknown key "profile_name" (did you mean profileName, of linuxInfo.seccomp of a container?)`},
	{`{"app": {"container": {"seccomp-profile": "web.json"}}}`,
		`unknown-key 1:24: /app/container/seccomp-profile: unknown key "seccomp-profile" (did you mean seccomp, of linuxInfo.seccomp of a container?)`},
	{`{"id": "/a", "networks": [{"labels": {"seccomp": {}}}], "env": {"PROFILE_NAME": "x", "seccomp": {"secret": "s"}}}`, `unsaid`},
	{`{"container": {}, "container": {}}`, `duplicate-key 1:19: /container: key "container" twice (decoders differ in which one counts: keep one)`},
	{`{"container": []}`, `type 1:15: /container: an array where an object should be (write it in { })`},
	{`{"containers": [{"name": "a"}], "container": {}}`,
		`unknown-key 1:33: /container: "container" does nothing here (a profile is chosen in linuxInfo.seccomp of a container)`},
	{`{"containers": [{"name": "a"}], "linuxInfo": {"seccomp": {"unconfined": true}}}`,
		`unsupported 1:58: /linuxInfo/seccomp: seccomp of a pod, which is its executor's, is not supported (write it into linuxInfo of each container)`},
	{`{"containers": [{"name": "a"}], "executorResources": {"seccomp": {}}}`,
		`unknown-key 1:55: /executorResources/seccomp: "seccomp" does nothing here (a profile is chosen in linuxInfo.seccomp of a container)`},
	{`{"containers": [{"name": "a", "seccomp": {}}, {"Name": "b"}, {"name": "a"}, {}, null, {"name": 5}]}`,
		`unknown-key 1:31: /containers/0/seccomp: "seccomp" does nothing here (a profile is chosen in linuxInfo.seccomp of a container)
unknown-key 1:48: /containers/1/Name: unknown key "Name" (did you mean name?)
bad-name 1:71: /containers/2/name: two containers of the name "a" (give each its own)
missing 1:77: /containers/3: a container without a name (write it)
type 1:81: /containers/4: null where an object should be (delete it)
type 1:96: /containers/5/name: a number where a string should be (write it in quotes)`},
	{`{"containers": []}`, `missing 1:16: /containers: a pod without containers (write them)`},
	{`{"containers": null}`, `missing 1:16: /containers: a pod without containers (write them)`},
	{`{"containers": {}}`, `type 1:16: /containers: an object where an array should be (write it in [ ])`},
	{`[{"id": "/a"}]`, `unsupported 1:1: /: a group or a list of apps or pods (give one app, or one pod)`},
	{`{"id": "/", "apps": [{"id": "/a"}]}`, `unsupported 1:1: /: a group or a list of apps or pods (give one app, or one pod)`},
	{`{"id": "/", "groups": []}`, `unsupported 1:1: /: a group or a list of apps or pods (give one app, or one pod)`},
	{`null`, `type 1:1: /: null where an object should be (delete it)`},
	{`{"id": `, `syntax 1:7: /id: the text ends before the { at 1:1 is closed (is the file cut short?)`},
}

func TestParseMarathon(t *testing.T) { testChoices(t, ParseMarathon, marathonTests) }
