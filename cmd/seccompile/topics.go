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
	{"profiles", "which profile is read, and who can choose it", []block{
		{text: `--profile names the profile: a file, - for standard input, or "default" for the built-in one, which is Docker's policy and what is read without a flag. It takes Docker's format, OCI's linux.seccomp section or the config.json around it, containers/common's (Podman, CRI-O), a SeccompProfile resource, and with --dialect mesos what a Mesos agent takes. All files may be YAML as well as JSON; of several documents the one that fits counts.`},
		{text: `These replace --profile by what chooses a profile where containers are started:`},
		{heading: "Docker", rows: []row{
			{"--security-opt OPTION", "an option of docker run, such as seccomp=unconfined; can be repeated. run and notify heed no-new-privileges, too"},
		}},
		{heading: "Kubernetes", rows: []row{
			{"--pod FILE", "a Pod, a Deployment or any other workload, a securityContext or a seccompProfile"},
			{"--container NAME", "the container of --pod, where it has several"},
			{"--seccomp-config-dir DIR", "the Localhost profiles of the kubelet"},
		}},
		{heading: "Mesos and Marathon", rows: []row{
			{"--seccomp-config-dir DIR", "the profiles of the agent"},
			{"--seccomp-profile-name NAME", "the agent's default profile, in that directory"},
			{"--seccomp-info FILE", "a SeccompInfo, or the TaskInfo, ContainerInfo or LinuxInfo that has one"},
			{"--app FILE", "a Marathon app or pod; --container where it has several"},
		}},
	}},
	{"target", "what a profile is compiled for, and how it is read", []block{
		{text: `Without --arch and --kernel the target is this machine. With --arch nothing is taken from this machine, except that explain, why and graph take its kernel if the ABI is its own; for other ABIs they take the newest, and say what older ones get.`},
		{rows: []row{
			{"--arch NAME", "the ABI, such as x86_64, aarch64 or SCMP_ARCH_S390X"},
			{"--kernel VERSION", "the kernel's release, such as 6.1: decides minKernel and which flags and actions there are"},
			{"--caps LIST", "the container's capabilities, which decide includes and excludes: the set of docker (the default), containerd, podman or cri-o, all or none, and names, separated by commas"},
			{"--dialect NAME", "docker, oci, containers, seccompprofile or mesos; auto, the default, goes by the keys and never takes a text for mesos"},
			{"--compat READING", "where runc with libseccomp does not do what the text says, kernel, the default, follows the text, and runc does what runc does"},
			{"--enosys RULE", "calls newer than the profile answer ENOSYS: by the rule of runc (the default); by since=5.15, those newer than a release; or off"},
			{"--bad-arch ACTION", "the answer to calls of ABIs that the filter is not for, such as KILL_PROCESS or ERRNO(38); KILL_THREAD is the default"},
			{"--strict", "every note is an error, but for harmless ones"},
			{"--accept-weaker", "notes by which the policy is weaker than the text are not errors"},
			{"-v, --verbose", "harmless notes, too: those that come of the target and change no answer"},
		}},
	}},
	{"vectors", "how calls are written", []block{
		{text: `A vector is a call on a line, and the action that it should get:`},
		{lines: []string{"x86_64 openat(-100, 0, 2) = ALLOW", "x86_64 socket(40, 1, 0) = ERRNO(1)", "x86_64 470()"}},
		{text: `A call without an action is answered. A call is an ABI, a name or a number, and arguments in decimal or hexadecimal; those left out are 0. Lines before the first vector can set profile, dialect, arch, caps, kernel, compat and enosys, each a word and its value, as the flags do; flags take precedence. Lines that start with # are comments.`},
	}},
	{"weights", "which calls are to be short, for --weights", []block{
		{text: `A file of weights has lines of a count and the name of a call, or is what strace -c or perf trace -s prints. The calls that are counted most take the fewest instructions. "servers" is a table that comes with the command.`},
	}},
	{"status", "the exit status of each verb", []block{
		{rows: []row{
			{"0", "success; diff found nothing different, verify proved equality"},
			{"1", "a profile is refused for what the target lacks or for notes; eval, diff, verify and node found a difference; why found no denial, or leaves some unexplained; cover found calls that the profile refuses; needs does not know all calls"},
			{"2", "bad usage or input; for diff, verify and node, any trouble"},
			{"125", "run, notify and record: seccompile itself failed"},
			{"126", "run, notify and record: the command cannot be executed"},
			{"127", "run, notify and record: the command does not exist"},
		}},
		{text: `Otherwise run, notify and record end as their command does; 128+N is signal N. With --pid, record ends with 0, or 125.`},
	}},
}
