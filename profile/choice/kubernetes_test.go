package choice

import "testing"

// kubernetesPod has every key of a Pod's spec, of a container and of their
// securityContext.
const kubernetesPod = `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "labels": {"seccompProfile": "no"}, "annotations": {"x/seccomp": "no"}}, "status": {},
"spec": {"activeDeadlineSeconds": 1, "affinity": {}, "automountServiceAccountToken": true, "dnsConfig": {}, "dnsPolicy": "", "enableServiceLinks": true, "hostAliases": [],
 "hostIPC": true, "hostNetwork": true, "hostPID": true, "hostUsers": true, "hostname": "", "hostnameOverride": "", "imagePullSecrets": [], "nodeName": "", "nodeSelector": {}, "os": {}, "overhead": {},
 "preemptionPolicy": "", "priority": 1, "priorityClassName": "", "readinessGates": [], "resourceClaims": [], "resources": {}, "restartPolicy": "", "runtimeClassName": "", "schedulerName": "",
 "schedulingGates": [], "serviceAccount": "", "serviceAccountName": "", "setHostnameAsFQDN": true, "shareProcessNamespace": true, "subdomain": "", "terminationGracePeriodSeconds": 1,
 "tolerations": [], "topologySpreadConstraints": [], "volumes": [],
 "containers": [{"name": "web", "args": [], "command": [], "env": [], "envFrom": [], "image": "", "imagePullPolicy": "", "lifecycle": {}, "livenessProbe": {}, "ports": [], "readinessProbe": {},
  "resizePolicy": [], "resources": {}, "restartPolicy": "", "startupProbe": {}, "stdin": true, "stdinOnce": true, "targetContainerName": "", "terminationMessagePath": "",
  "terminationMessagePolicy": "", "tty": true, "volumeDevices": [], "volumeMounts": [], "workingDir": "",
  "securityContext": {"allowPrivilegeEscalation": false, "appArmorProfile": {"type": "Unconfined"}, "capabilities": {}, "privileged": false, "procMount": "", "readOnlyRootFilesystem": true,
   "runAsGroup": 1, "runAsNonRoot": true, "runAsUser": 1, "seLinuxOptions": {}, "windowsOptions": {},
   "seccompProfile": {"type": "Localhost", "localhostProfile": "team/web.json"}}},
  {"name": "plain"}, {"name": "strong", "securityContext": {"privileged": true, "seccompProfile": {"type": "RuntimeDefault"}}}],
 "initContainers": [{"name": "first", "securityContext": {"runAsUser": 0}}],
 "ephemeralContainers": [{"name": "debug", "targetContainerName": "web", "securityContext": {"seccompProfile": {"type": "Unconfined"}}}],
 "securityContext": {"appArmorProfile": {}, "fsGroup": 1, "fsGroupChangePolicy": "", "runAsGroup": 1, "runAsNonRoot": true, "runAsUser": 1, "seLinuxChangePolicy": "", "seLinuxOptions": {},
  "supplementalGroups": [], "supplementalGroupsPolicy": "", "sysctls": [], "windowsOptions": {},
  "seccompProfile": {"type": "RuntimeDefault"}}}}`

var kubernetesTests = []choiceTest{
	{kubernetesPod, `first 18:30: /spec/securityContext/seccompProfile/type: builtin
web 12:64: /spec/containers/0/securityContext/seccompProfile/localhostProfile: named "team/web.json"
plain 18:30: /spec/securityContext/seccompProfile/type: builtin
strong 13:75: /spec/containers/2/securityContext/privileged: unconfined
debug 15:121: /spec/ephemeralContainers/0/securityContext/seccompProfile/type: unconfined`},
	{`{"spec": {"containers": [{"name": "a"}]}}`, `a unsaid`},
	{`{"spec": {"containers": [{"name": "a", "securityContext": null}], "initContainers": null, "securityContext": {"seccompProfile": null}}}`, `a unsaid`},

	{`{"kind": "Deployment", "spec": {"replicas": 2, "template": {"metadata": {"labels": {}}, "spec": {"containers": [{"name": "a"}], "securityContext": {"seccompProfile": {"type": "Unconfined"}}}}}}`,
		`a 1:176: /spec/template/spec/securityContext/seccompProfile/type: unconfined`},
	{`{"kind": "CronJob", "spec": {"schedule": "", "jobTemplate": {"metadata": {}, "spec": {"template": {"spec": {"containers": [{"name": "a"}]}}}}}}`, `a unsaid`},
	{`{"kind": "PodTemplate", "template": {"spec": {"containers": [{"name": "a", "securityContext": {"privileged": true}}]}}}`,
		`a 1:110: /template/spec/containers/0/securityContext/privileged: unconfined`},

	{`{"type": "RuntimeDefault"}`, `1:10: /type: builtin`},
	{`{"type": "Unconfined", "localhostProfile": null}`, `1:10: /type: unconfined`},
	{`{"localhostProfile": "web.json", "type": "Localhost"}`, `1:22: /localhostProfile: named "web.json"`},
	{`{"seccompProfile": {"type": "Unconfined"}}`, `1:29: /seccompProfile/type: unconfined`},
	{`{"runAsUser": 1}`, `unsaid`},
	{`{}`, `unsaid`},
	{`{"privileged": true, "seccompProfile": {"type": "RuntimeDefault"}}`, `1:16: /privileged: unconfined`},

	{`{"type": "Localhost"}`, `missing 1:1: /: type Localhost without a localhostProfile (write the name of the profile)`},
	{`{"localhostProfile": "web.json"}`, `missing 1:1: /: no type (write RuntimeDefault, Localhost or Unconfined)`},
	{`{"seccompProfile": {}}`, `missing 1:20: /seccompProfile: no type (write RuntimeDefault, Localhost or Unconfined)`},
	{`{"type": "RuntimeDefault", "localhostProfile": "web.json"}`,
		`two-choices 1:48: /localhostProfile: localhostProfile beside type RuntimeDefault (leave it out, or write type Localhost)`},
	{`{"type": "Unconfined", "localhostProfile": ""}`,
		`two-choices 1:44: /localhostProfile: localhostProfile beside type Unconfined (leave it out, or write type Localhost)`},
	{`{"type": "Localhost", "localhostProfile": ""}`, `bad-name 1:43: /localhostProfile: an empty name (write the name of a profile)`},
	{`{"type": "Localhost", "localhostProfile": "/web.json"}`,
		`bad-name 1:43: /localhostProfile: name "/web.json" is an absolute path (write it relative to the directory of the profiles, such as "web.json")`},
	{`{"type": "localhost"}`, `unknown-choice 1:10: /type: unknown type "localhost" (did you mean Localhost?)`},
	{`{"type": "Default"}`, `unknown-choice 1:10: /type: unknown type "Default" (one of RuntimeDefault, Localhost, Unconfined)`},
	{`{"type": 1}`, `type 1:10: /type: a number where a string should be (write it in quotes)`},
	{`{"type": "Localhost", "localhostProfil": "web.json"}`, `unknown-key 1:23: /localhostProfil: unknown key "localhostProfil" (did you mean localhostProfile?)`},
	{`{"type": "Unconfined", "reason": ""}`, `unknown-key 1:24: /reason: unknown key "reason" (one of type, localhostProfile)`},
	{`{"Type": "Unconfined"}`, `unknown-key 1:2: /Type: unknown key "Type" (did you mean type?)`},
	{`{"seccompprofile": {"type": "Unconfined"}}`,
		`unknown-key 1:2: /seccompprofile: unknown key "seccompprofile" (did you mean seccompProfile, of securityContext.seccompProfile of the pod's spec or of a container?)`},
	{`{"privileged": "true"}`, `type 1:16: /privileged: a string where a boolean should be (write true or false)`},
	{`{"type": "Unconfined", "type": "Localhost"}`, `duplicate-key 1:24: /type: key "type" twice (decoders differ in which one counts: keep one)`},

	{`{"containers": [{"name": "a"}]}`,
		`unknown-key 1:2: /containers: "containers" does nothing here (a profile is chosen in securityContext.seccompProfile of the pod's spec or of a container)`},
	{`{"kind": "Pod"}`, `missing 1:1: /: a Pod without a spec (write it)`},
	{`{"kind": "Pod", "spec": {}}`, `missing 1:25: /spec: a pod without containers (write them)`},
	{`{"kind": "Pod", "spec": []}`, `type 1:25: /spec: an array where an object should be (write it in { })`},
	{`{"kind": "Deployment", "spec": {"template": {"spec": {}}}}`, `missing 1:54: /spec/template/spec: a pod without containers (write them)`},
	{`{"kind": "Deployment", "spec": {"template": {}}}`, `missing 1:45: /spec/template: a template without a spec (write it)`},
	{`{"kind": "Deployment", "spec": {"template": []}}`, `type 1:45: /spec/template: an array where an object should be (write it in { })`},
	{`{"kind": "Service", "spec": {"ports": []}}`, `unsupported 1:10: /kind: kind "Service" has no template of pods (give a Pod, or one workload such as a Deployment)`},
	{`{"kind": "List", "items": []}`, `missing 1:10: /kind: a List without items (give one with a pod, or a workload)`},
	{`{"kind": "PodList"}`, `missing 1:10: /kind: a PodList without items (give one with a pod, or a workload)`},
	{`{"kind": "List", "items": 1}`, `type 1:27: /items: a number where an array should be (write it in [ ])`},
	{`{"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": [{"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "a", "securityContext": {"privileged": true}}]}}]}`,
		`a 1:200: /items/0/spec/containers/0/securityContext/privileged: unconfined`},
	{`{"kind": "PodList", "items": [{"metadata": {"name": "p"}, "spec": {"containers": [{"name": "a"}]}}, {"metadata": {"name": "q"}, "spec": {"containers": [{"name": "a"}, {"name": "b"}]}}]}`,
		`p/a unsaid
q/a unsaid
q/b unsaid`},
	{`{"kind": "List", "items": [{"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "a"}]}}, {"kind": "Pod", "spec": {"containers": [{"name": "a"}]}}]}`,
		`missing 1:113: /items/1: one of several items without a name (write it into metadata)`},
	{`{"kind": "List", "items": [{"metadata": {"name": "p"}, "spec": {"containers": [{"name": "a"}]}}, {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "b"}]}}]}`,
		`bad-name 1:98: /items/1: two items of the name "p" (give those of one namespace and kind)`},
	{`{"kind": "List", "items": [{"kind": "Service", "metadata": {"name": "p"}}]}`, `unsupported 1:37: /items/0/kind: kind "Service" has no template of pods (give a Pod, or one workload such as a Deployment)`},
	{`{"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"tmplate": {}}}}}`,
		`unsupported 1:10: /kind: kind "CronJob" has no template of pods (give a Pod, or one workload such as a Deployment)
unknown-key 1:55: /spec/jobTemplate/spec/tmplate: unknown key "tmplate" (did you mean template, of securityContext.seccompProfile of the pod's spec or of a container?)`},
	{`{"kind": "Deployment", "spec": {"template": {"metadata": {"annotations": {"seccomp.security.alpha.kubernetes.io/pod": "x"}}, "spec": {"containers": [{"name": "a"}]}}}}`,
		`unknown-key 1:75: /spec/template/metadata/annotations/seccomp.security.alpha.kubernetes.io~1pod: Kubernetes reads no profile from annotations since 1.27 (write it into securityContext.seccompProfile of the pod's spec or of a container)`},
	{`{"kind": 1, "spec": {"containers": [{"name": "a"}]}}`, `type 1:10: /kind: a number where a string should be (write it in quotes)`},
	{`{"spec": {"containers": [{"name": "a"}], "seccompProfile": {"type": "Unconfined"}}}`,
		`unknown-key 1:42: /spec/seccompProfile: "seccompProfile" does nothing here (a profile is chosen in securityContext.seccompProfile of the pod's spec or of a container)`},
	{`{"spec": {"containers": [{"name": "a"}], "securityContext": {"privileged": true}}}`,
		`unknown-key 1:62: /spec/securityContext/privileged: "privileged" does nothing here (a profile is chosen in securityContext.seccompProfile of the pod's spec or of a container)`},
	{`{"spec": {"containers": [{"name": "a", "securitycontext": {}}], "initContainers": [{"name": "a"}], "ephemeralContainers": [{}]}}`,
		`bad-name 1:35: /spec/containers/0/name: two containers of the name "a" (give each its own)
unknown-key 1:40: /spec/containers/0/securitycontext: unknown key "securitycontext" (did you mean securityContext, of securityContext.seccompProfile of the pod's spec or of a container?)
missing 1:124: /spec/ephemeralContainers/0: a container without a name (write it)`},
	{`{"metadata": {"annotations": {"seccomp.security.alpha.kubernetes.io/pod": "runtime/default",
 "container.seccomp.security.alpha.kubernetes.io/a": "unconfined"}}, "spec": {"containers": [{"name": "a"}]}}`,
		`unknown-key 1:31: /metadata/annotations/seccomp.security.alpha.kubernetes.io~1pod: Kubernetes reads no profile from annotations since 1.27 (write it into securityContext.seccompProfile of the pod's spec or of a container)
unknown-key 2:2: /metadata/annotations/container.seccomp.security.alpha.kubernetes.io~1a: Kubernetes reads no profile from annotations since 1.27 (write it into securityContext.seccompProfile of the pod's spec or of a container)`},
	{`{"Metadata": {}, "spec": {"containers": [{"name": "a"}]}}`, `unknown-key 1:2: /Metadata: unknown key "Metadata" (did you mean metadata?)`},
	{`[]`, `type 1:1: /: an array where an object should be (write it in { })`},
	{`apiVersion: v1`, `syntax 1:1: /: YAML, not JSON (convert it, for example with yq -o json)`},
	{`{"pod": {"spec": {"securityContext": {"seccompProfile": {"type": "Unconfined"}}}}}`,
		`unknown-key 1:19: /pod/spec/securityContext: "securityContext" does nothing here (a profile is chosen in securityContext.seccompProfile of the pod's spec or of a container)`},
	{`{"kind": "Pod", "spec": {"containers": [{"name": "a", "context": {"seccomp_profile": {"type": "Unconfined"}}}]}}`,
		`unknown-key 1:67: /spec/containers/0/context/seccomp_profile: unknown key "seccomp_profile" (did you mean seccompProfile, of securityContext.seccompProfile of the pod's spec or of a container?)`},
	{`{"kind": "Pod", "metadata": {"name": "a", "managedFields": [{"fieldsV1": {"f:seccompProfile": {}}}], "labels": {"seccomp": "x"}}, "status": {"seccompProfile": {}}, "spec": {"nodeSelector": {"seccomp": "yes"}, "containers": [{"name": "a"}]}}`,
		`a unsaid`},
}

func TestParseKubernetes(t *testing.T) { testChoices(t, ParseKubernetes, kubernetesTests) }
