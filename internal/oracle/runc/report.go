package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"text/template"
	"time"

	"golang.org/x/sys/unix"
)

// A report has the contents of the page.
type report struct {
	Arms                      []*arm
	Tallies                   []tally
	Effort                    effort
	Runc, Libseccomp, Machine string
	Go                        string // the release that this module needs
}

//go:embed runtimes.md.tmpl
var pageText string

//go:embed go.mod
var moduleText string

func newReport(arms []*arm, e effort) (*report, error) {
	says, err := exec.Command(arms[0].build.runc, "--version").Output()
	if err != nil {
		return nil, err
	}
	version := regexp.MustCompile(`(?m)^libseccomp: (\S+)$`).FindSubmatch(says)
	if version == nil {
		return nil, fmt.Errorf("%s --version does not name libseccomp", arms[0].build.runc)
	}
	needs := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(moduleText)
	if needs == nil {
		return nil, errors.New("go.mod does not say which Go it needs")
	}
	r := &report{Arms: arms, Effort: e, Runc: arms[0].build.release, Libseccomp: string(version[1]), Go: needs[1]}
	r.Machine, err = machine()
	return r, err
}

// machine describes this machine.
func machine() (string, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "", err
	}
	cpu := "unknown processor"
	info, err := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "model name" {
			cpu = strings.TrimSpace(value)
			break
		}
	}
	return fmt.Sprintf("%s, %d processors, Linux %s, %s", cpu, runtime.NumCPU(), unix.ByteSliceToString(u.Release[:]), runtime.Version()), err
}

// page returns the page.
func (r *report) page() ([]byte, error) {
	t, err := template.New("").Funcs(template.FuncMap{
		"ms":    func(d time.Duration) string { return fmt.Sprintf("%.1f", d.Seconds()*1000) },
		"more":  func(d time.Duration) string { return fmt.Sprintf("%+.1f", d.Seconds()*1000) },
		"mb":    func(n int64) string { return fmt.Sprintf("%.1f", float64(n)/1e6) },
		"mib":   func(n int64) string { return fmt.Sprintf("%.2f", float64(n)/(1<<20)) },
		"count": func(n float64) string { return fmt.Sprintf("%.1f", n) },
	}).Parse(pageText)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, r)
	return b.Bytes(), err
}

// write writes the page and its picture.
func (r *report) write(dir string) error {
	text, err := r.page()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "runtimes.md"), text, 0o666); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "runtimes.svg"), r.picture(), 0o666)
}

// A panel of the picture compares the arms by one measure.
type panel struct {
	title string
	of    func(*arm) float64
	form  string
}

var panels = []panel{
	{"CPU time of a start, ms", func(a *arm) float64 { return a.CPU.Seconds() * 1000 }, "%.1f"},
	{"start at 5 % of a processor, ms", func(a *arm) float64 { return a.Throttled.Seconds() * 1000 }, "%.0f"},
	{"peak memory of the cgroup, MB", func(a *arm) float64 { return float64(a.Peak) / 1e6 }, "%.1f"},
	{"instructions of the filter", func(a *arm) float64 { return float64(a.Instructions) }, "%.0f"},
}

var colors = []string{"#b3432b", "#d99a2b", "#2b6fb3", "#999999"} // of the arms

// picture returns an SVG picture with two panels in each row and a bar for each arm.
func (r *report) picture() []byte {
	const width, height, bar, label = 460, 170, 250, 120
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n", 2*width, height*((len(panels)+1)/2))
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", 2*width, height*((len(panels)+1)/2))
	for i, p := range panels {
		x, y := 20+width*(i%2), 26+height*(i/2)
		fmt.Fprintf(&b, `<text x="%d" y="%d" font-size="15">%s</text>`+"\n", x, y, p.title)
		most := 0.0
		for _, a := range r.Arms {
			most = max(most, p.of(a))
		}
		for j, a := range r.Arms {
			long, top := 0.0, y+12+28*j
			if most > 0 {
				long = bar * p.of(a) / most
			}
			fmt.Fprintf(&b, `<text x="%d" y="%d">%s</text>`, x, top+15, a.Name)
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.1f" height="20" fill="%s"/>`, x+label, top, long, colors[j%len(colors)])
			fmt.Fprintf(&b, `<text x="%.1f" y="%d">`+p.form+"</text>\n", float64(x+label)+long+6, top+15, p.of(a))
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
