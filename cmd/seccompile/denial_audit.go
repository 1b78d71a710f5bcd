package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

// auditMark is in audit records of seccomp, whoever has written them down: the kernel's
// log has the number of the type, auditd and journald have its name.
var auditMark = regexp.MustCompile(`\btype=(?:1326|SECCOMP)\b|\bSECCOMP\(?(?:1326\))? auid=`)

// oldMark is in those of kernels of 2012, before AUDIT_SECCOMP, which have the type of abnormal
// ends (kernel/auditsc.c, __audit_seccomp).
var oldMark = regexp.MustCompile(`\btype=(?:1701|ANOM_ABEND)\b.*\breason="?seccomp\b`)

// withoutArch is in records of kernels of 2013 and before, which do not say the ABI. A record that
// has been cut off lacks one of these fields, too.
var withoutArch = regexp.MustCompile(`\bsig=\S+ syscall=\S+ .*\bip=\S+ code=`)

// unsaidArch stands for the value of arch in them. Values in logs have no blanks.
const unsaidArch = "not said"

// auditStamp is the time and the serial number of a record.
var auditStamp = regexp.MustCompile(`audit\((\d+\.\d+):(\d+)\)`)

// auditField is in each line of a record that a mail or a page has in several.
var auditField = regexp.MustCompile(`(?:^|\s)(?:gid|ses|subj|pid|comm|exe|sig|arch|syscall|compat|ip|code)=`)

// A wrappedRecord is a record whose end is in one of the next lines.
type wrappedRecord struct {
	text string
	line int // its first
	left int // lines that may follow
}

// audit reads an audit record (kernel/auditsc.c, audit_seccomp). Fields can have their
// values interpreted, as ausearch -i does.
func (r *denialReader) audit(line string) bool {
	var at []int
	if strings.Contains(line, "1326") || strings.Contains(line, "SECCOMP") { // most lines have neither
		at = auditMark.FindStringIndex(line)
	} else if strings.Contains(line, "reason=") {
		at = oldMark.FindStringIndex(line)
	}
	if w := r.wrapped; w != nil && at == nil && w.left > 0 && auditField.MatchString(line) && !strings.Contains(line, "type=") {
		w.left--
		w.text = strings.TrimRight(w.text, ` \`) + " " + strings.TrimLeft(line, "> \t")
		if strings.Contains(line, "code=") {
			r.endWrapped()
		}
		return true
	}
	r.endWrapped()
	if at == nil {
		i := strings.Index(line, "auid=")
		if i < 0 || strings.Contains(line[:i], "type=") || !strings.Contains(line, " syscall=") || !strings.Contains(line, " code=") {
			return false // records whose beginning some program has left out have all these
		}
		line = line[i:]
	}
	if strings.Contains(line, "code=") {
		r.record(line, r.number)
	} else {
		r.wrapped = &wrappedRecord{line, r.number, 4}
	}
	return true
}

// endWrapped reads the record that has been put together.
func (r *denialReader) endWrapped() {
	if w := r.wrapped; w != nil {
		r.wrapped = nil
		r.record(w.text, w.line)
	}
}

// record reads the text of a record.
func (r *denialReader) record(text string, line int) {
	start := 0
	if at := auditMark.FindStringIndex(text); at != nil {
		start = at[0]
	}
	fields := auditFields(text[start:])
	if fields["arch"] == "" && withoutArch.MatchString(text) {
		fields["arch"] = unsaidArch
	}
	d, err := parseAudit(fields)
	if err != nil {
		r.faulty(line, "an audit record", err)
		return
	}
	if m := auditStamp.FindStringSubmatch(text); m != nil {
		d.stamp = fmt.Sprintf("%s %d %q %q %s %s %s %s", m[0], d.pid, d.comm, d.exe, d.call.abi, d.call.name, fields["ip"], fields["code"])
		d.at, _ = strconv.ParseFloat(m[1], 64)
	}
	d.line = line
	r.denied(d)
}

// auditPlain takes the escapes out that syslog daemons and JSON put in, and separates the
// interpreted fields of auditd: a byte that does not print is before the first of them.
var auditPlain = strings.NewReplacer("\x1d", " ", "#035", " ", `\u001d`, " ", `\"`, `"`, "AUID=", " AUID=", "ARCH=", " ARCH=")

// auditFields returns the fields of a record. The first of a name counts.
func auditFields(text string) map[string]string {
	text = auditPlain.Replace(text)
	fields := map[string]string{}
	for text != "" {
		var name, value string
		var ok bool
		word := text
		if i := strings.IndexAny(text, " \t"); i >= 0 {
			word = text[:i]
		}
		name, value, ok = strings.Cut(word, "=")
		rest := text[len(word):]
		if ok && strings.HasPrefix(value, `"`) {
			quoted := text[len(name)+2:]
			if i := strings.IndexByte(quoted, '"'); i >= 0 {
				value, rest = quoted[:i], quoted[i+1:]
			}
		} else if value = strings.TrimRight(value, `"'}],`); name == "comm" || name == "exe" {
			value = untrusted(value)
		}
		if _, old := fields[name]; ok && !old {
			fields[name] = value
		}
		text = strings.TrimLeft(rest, " \t")
	}
	return fields
}

// untrusted returns what a process calls itself. Names with blanks or quotes are in
// hexadecimal (kernel/audit.c, audit_log_n_untrustedstring).
func untrusted(value string) string {
	if len(value)%2 != 0 || len(value) == 0 {
		return value
	}
	var b []byte
	for i := 0; i < len(value); i += 2 {
		c, err := strconv.ParseUint(value[i:i+2], 16, 8)
		if err != nil {
			return value
		}
		b = append(b, byte(c))
	}
	return string(b)
}

func parseAudit(fields map[string]string) (d denial, err error) {
	d = denial{record: true, comm: strings.Clone(fields["comm"]), exe: strings.Clone(fields["exe"]), compat: fields["compat"] == "1"}
	if d.exe == "(null)" {
		d.exe = ""
	}
	if text, ok := fields["pid"]; ok {
		if d.pid, err = strconv.Atoi(text); err != nil || d.pid < 0 {
			return d, fmt.Errorf("pid=%s is not a process ID", text)
		}
	}
	if d.unsaid = fields["arch"] == unsaidArch; d.unsaid {
		d.bits32 = d.compat // and otherwise it is taken for the machine's
	} else if d.call.abi, err = auditArch(fields["arch"]); err != nil {
		return d, err
	}
	if d.call.name, err = auditCall(fields["syscall"], d.call.abi); err != nil {
		return d, err
	}
	if d.seen, err = auditSeen(fields["sig"], fields["code"]); err != nil {
		return d, err
	}
	if _, err := d.call.on(arch.X86_64); err != nil { // any: the record has its own
		return d, err
	}
	return d, nil
}

// auditArch returns an ABI as queries have it: an audit value, or a name that
// ausearch -i has put in its place.
func auditArch(text string) (abi string, err error) {
	digits, hex := strings.CutPrefix(text, "0x")
	base := 16
	if !hex && len(digits) > 8 {
		base = 10 // eight hexadecimal digits are 32 bits
	}
	value, err := strconv.ParseUint(digits, base, 32)
	if text == "" {
		return "", errors.New("no arch=, the ABI of its numbers")
	} else if err == nil {
		return fmt.Sprintf("%#x", value), nil
	}
	a, err := arch.Parse(text)
	if err != nil {
		return "", fmt.Errorf("arch=%s: %w", text, err)
	}
	return a.String(), nil
}

// auditCall returns the name or the number of a call. Numbers are signed.
func auditCall(text, abi string) (name string, err error) {
	if text == "" {
		return "", errors.New("no syscall=, the number of the call")
	}
	if n, err := strconv.ParseInt(text, 0, 64); err == nil {
		if n != int64(int32(n)) && n != int64(uint32(n)) {
			return "", fmt.Errorf("syscall=%s is not a number of 32 bits", text)
		}
		return text, nil
	} else if errors.Is(err, strconv.ErrRange) || text[0] == '-' || '0' <= text[0] && text[0] <= '9' {
		return "", fmt.Errorf("syscall=%s is not a number of 32 bits", text)
	}
	name, _, _ = strings.Cut(text, "(")
	if value, found := strings.CutPrefix(name, "unknown-syscall"); found {
		return "", fmt.Errorf("syscall=%s has no number (read the record without -i)", name+value)
	}
	if strings.HasPrefix(abi, "0x") {
		return "", fmt.Errorf("syscall=%s with arch=%s: one is a name, the other a number", text, abi)
	}
	return name, nil
}

// auditCodes are the names that ausearch -i has for actions.
var auditCodes = map[string]policy.Action{
	"kill": policy.KillThread, "kill_thread": policy.KillThread, "kill_process": policy.KillProcess,
	"trap": policy.Trap, "errno": policy.Errno(0), "user_notif": policy.Notify, "trace": policy.Trace(0),
	"log": policy.Log, "allow": policy.Allow,
}

// auditSeen returns what a record tells of the answer. Its code is the action without
// data (kernel/seccomp.c, seccomp_log).
func auditSeen(sig, code string) (s seen, err error) {
	number, name, _ := strings.Cut(strings.TrimPrefix(strings.ToLower(sig), "sig"), "(")
	if sig != "" && sig[0] >= '0' && sig[0] <= '9' {
		if _, err := strconv.ParseUint(number, 10, 8); err != nil {
			return s, fmt.Errorf("sig=%s is not a signal", sig)
		}
	}
	killing := number == "31" || number == "12" || number == "sys" || name == "sys"
	if code == "" {
		if killing {
			return killed, nil
		}
		return s, errors.New("no code=, the action")
	}
	action, ok := auditCodes[strings.ReplaceAll(strings.ToLower(code), "-", "_")]
	if !ok {
		n, err := strconv.ParseUint(code, 0, 32)
		if err != nil {
			return s, fmt.Errorf("code=%s is not an action", code)
		}
		action = policy.Action(n)
	}
	s = seen{text: action.Kind().String(), actions: []policy.Action{action}}
	if action.HasData() {
		s.text, _, _ = strings.Cut(s.text, "(")
	}
	if (number == "9" || number == "kill") && action == policy.KillThread {
		s = seen{text: "SIGKILL, of strict mode", strict: true}
	}
	return s, nil
}
