package main

import "github.com/seccompile/seccompile/profile/policy"

// An explanation is all that there is to say of a call.
type explanation struct {
	Call    string          `json:"call"`
	Answers []jsonAnswer    `json:"answers"`
	Others  []jsonMention   `json:"others"`            // entries that name the call and do not decide
	Lacking []jsonMention   `json:"lacking,omitempty"` // entries of calls that the ABI lacks, and that this one stands for
	Missing *jsonMissing    `json:"missing,omitempty"` // if the target's ABI does not have the call
	Newness string          `json:"newness,omitempty"` // why it counts as newer than the profile, or does not
	Older   []jsonOlder     `json:"older,omitempty"`   // on older kernels, if none is named
	Notes   []jsonNote      `json:"notes,omitempty"`   // of the profile
	Reading *jsonReading    `json:"reading,omitempty"` // the other one, if it answers differently
	Via     *jsonElsewhere  `json:"via,omitempty"`     // the call as a multiplexer makes it, if that has another answer
	ABIs    []jsonElsewhere `json:"abis"`              // that have other answers
	Ways    []way           `json:"ways"`

	Substitutes []jsonSubstitute `json:"substitutes,omitempty"` // what does the same, or a part of it
	Makes       []string         `json:"makes,omitempty"`       // the limited calls that a multiplexer makes, too
}

// A jsonAnswer is an answer: the first whose conditions hold counts.
type jsonAnswer struct {
	Action     string     `json:"action"`
	Errno      string     `json:"errno,omitempty"`
	Conditions []string   `json:"conditions"`
	Reason     string     `json:"reason"` // the rule, or which general answer it is
	Place      *jsonPlace `json:"place,omitempty"`

	pos   policy.Pos
	named []string // the conditions with names of constants
}

// A jsonMention is an entry and why it does not decide.
type jsonMention struct {
	Place jsonPlace `json:"place"`
	Entry string    `json:"entry"`
	Why   string    `json:"why"`
}

// A jsonPlace is a place in the text of a profile.
type jsonPlace struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Col  int    `json:"column"`
	Path string `json:"path"`
}

// A jsonReading is what a reading of the profile answers.
type jsonReading struct {
	Compat  string       `json:"compat"`
	Answers []jsonAnswer `json:"answers,omitempty"`
	Refused string       `json:"refused,omitempty"` // why it refuses the whole profile
	Unread  string       `json:"unread,omitempty"`  // a call that shows the difference, if only bits that the kernel does not read make one
}

// A jsonElsewhere is the same call on another ABI or by another number.
type jsonElsewhere struct {
	Call    string       `json:"call"`
	Answers []jsonAnswer `json:"answers"`
}
