package main

import (
	"fmt"
	"strings"
)

// toStop counts the threads to be stopped first, and their processes.
func toStop(list []nodeProcess, all bool) (threads, processes int) {
	for _, p := range list {
		if n := len(p.stops(all)); n > 0 {
			threads += n
			processes++
		}
	}
	return threads, processes
}

// stops returns the threads of a process that are to be stopped first.
func (p *nodeProcess) stops(all bool) []nodeThread {
	if p.fault != "" {
		return nil
	}
	todo, err := p.unread(nil, all)
	if err != nil {
		return nil
	}
	return todo
}

// announce says, before the first stop, what will be stopped.
func (r *reader) announce(list []nodeProcess, s stdio) (err error) {
	if threads, processes := toStop(list, r.all); threads > 0 {
		_, err = fmt.Fprintf(s.err, "seccompile node: stopping %s of %s, one by one, for a moment\n", count(threads, "thread"), count(processes, "process"))
	}
	if err != nil {
		err = fmt.Errorf("nothing is stopped, since it could not be announced: %w", err)
	}
	return err
}

// A jsonStop is a thread that would be stopped.
type jsonStop struct {
	PID     int    `json:"pid"`
	TID     int    `json:"tid"`
	Name    string `json:"name"`
	Filters int    `json:"filters"` // -1 if the kernel does not tell
	place
}

// printStops lists what would be stopped.
func (n *node) printStops(list []nodeProcess, s stdio) error {
	stops := []jsonStop{}
	for _, p := range list {
		for _, t := range p.stops(n.threads) {
			stops = append(stops, jsonStop{p.pid, t.tid, p.name, t.filters, p.place})
		}
	}
	if n.json {
		return s.json(struct {
			Processes int        `json:"processes"`
			Stops     []jsonStop `json:"stops"`
		}{len(list), stops})
	}
	return n.printStopsText(list, s)
}

// printStopsText is printStops for people.
func (n *node) printStopsText(list []nodeProcess, s stdio) error {
	threads, processes := toStop(list, n.threads)
	text := fmt.Sprintf("would stop %s of %s (%s without filters, or not readable)\n", count(threads, "thread"), count(processes, "process"), count(len(list)-processes, "process"))
	for _, p := range list {
		if stops := p.stops(n.threads); len(stops) > 0 {
			at := nodePlace{place: p.place, cgroup: mainCgroup(p.cgroups)}
			line := fmt.Sprintf("%s %d: %s, %s", show(p.name), p.pid, count(len(stops), "thread"), at.String())
			text += "  " + strings.Join(wrap(line, columns(s.out)-4), "\n    ") + "\n"
		}
	}
	_, err := fmt.Fprint(s.out, text)
	return err
}
