package main

// A topic is help that belongs to several verbs.
type topic struct {
	name, about string
	blocks      []block
}

func (t topic) page() page { return page{"seccompile help " + t.name, t.title(), t.blocks} }

func (t topic) title() string { return string(t.about[0]-'a'+'A') + t.about[1:] }

// topics are all topics.
var topics = []topic{
	{"profiles", "which profile is read, and what can choose it", []block{
		{text: `--profile names the profile: a file, - for standard input, or "default" for the built-in profile, which is Docker's policy and is used without the flag. The file is in Docker's format, OCI's linux.seccomp section or a config.json with it, the format of containers/common (Podman, CRI-O), a SeccompProfile resource or, with --dialect mesos, the format of a Mesos agent. All files may be YAML instead of JSON. Of several YAML documents, the one that fits is used.`},
		{text: `Instead of --profile, these flags read the settings that choose a profile for a container:`},
		{heading: "Docker", rows: []row{
			{"--security-opt OPTION", "an option of docker run, such as seccomp=unconfined; can be repeated. run and notify also obey no-new-privileges"},
		}},
		{heading: "Kubernetes", rows: []row{
			{"--pod FILE", "a Pod, a Deployment or any other workload, a securityContext or a seccompProfile"},
			{"--container NAME", "the container of --pod, if it has several"},
			{"--seccomp-config-dir DIR", "the Localhost profiles of the kubelet"},
		}},
		{heading: "Mesos and Marathon", rows: []row{
			{"--seccomp-config-dir DIR", "the profiles of the agent"},
			{"--seccomp-profile-name NAME", "the agent's default profile, in that directory"},
			{"--seccomp-info FILE", "a SeccompInfo, or the TaskInfo, ContainerInfo or LinuxInfo that has one"},
			{"--app FILE", "a Marathon app or pod; --container names a container, if it has several"},
		}},
	}},
	{"target", "what a profile is compiled for, and how it is read", []block{
		{text: `Without --arch and --kernel, the target is this machine. With --arch, nothing is taken from this machine, with one exception: explain, why and graph assume its kernel if the ABI is its own. For other ABIs they assume the newest kernel, and say what older ones answer.`},
		{rows: []row{
			{"--arch NAME", "the ABI, such as x86_64, aarch64 or SCMP_ARCH_S390X"},
			{"--kernel VERSION", "the kernel's release, such as 6.1; decides minKernel, and which flags and actions exist"},
			{"--caps LIST", "the container's capabilities, which decide includes and excludes: the sets docker (the default), containerd, podman, cri-o, all and none, and names, separated by commas"},
			{"--dialect NAME", "docker, oci, containers, seccompprofile or mesos; auto, the default, decides by the keys and never chooses mesos"},
			{"--compat READING", "where runc with libseccomp does not do what the text says, kernel (the default) follows the text, and runc follows runc"},
			{"--enosys RULE", "which calls newer than the profile answer ENOSYS: those of runc's rule (runc, the default), those newer than a release (since=5.15), or none (off)"},
			{"--bad-arch ACTION", "the answer to calls of ABIs that are not in the filter, such as KILL_PROCESS or ERRNO(38); the default is KILL_THREAD"},
			{"--strict", "treat every note as an error, except harmless ones"},
			{"--accept-weaker", "accept notes that the policy is weaker than the text"},
			{"-v, --verbose", "print harmless notes, too: those that come from the target and change no answer"},
		}},
	}},
	{"vectors", "how calls are written", []block{
		{text: `A vector is a line with a call and the action that it should get:`},
		{lines: []string{"x86_64 openat(-100, 0, 2) = ALLOW", "x86_64 socket(40, 1, 0) = ERRNO(1)", "x86_64 470()"}},
		{text: `For a call without an action, the answer is printed. A call is an ABI, a name or a number, and arguments in decimal or hexadecimal; omitted ones are 0. Lines before the first vector can set profile, dialect, arch, caps, kernel, compat and enosys, each as a word and its value. Flags take precedence over these. Lines that start with # are comments.`},
	}},
	{"weights", "which calls get short paths, for --weights", []block{
		{text: `A weights file has lines with a count and the name of a call, or is the output of strace -c or perf trace -s. The most frequent calls take the fewest instructions. "servers" is a built-in table.`},
	}},
	{"status", "the exit status of each verb", []block{
		{rows: []row{
			{"0", "success; diff found no difference, verify proved equality"},
			{"1", "a profile is refused for what the target lacks or for notes; eval, diff, subset, verify, node and fmt with --check or -d found a difference; audit has findings (--fail-on); calls was asked for what the ABI lacks; why found no denial, or cannot explain some; cover found calls that the profile refuses; needs does not know all calls"},
			{"2", "bad usage or input; for diff, verify and node, any other error"},
			{"125", "run, notify and record: seccompile itself failed"},
			{"126", "run, notify and record: the command cannot be executed"},
			{"127", "run, notify and record: the command does not exist"},
		}},
		{text: `Otherwise run, notify and record exit as their command does; 128+N means signal N. With --pid, record exits with 0 or 125.`},
	}},
}
