package profile

import "github.com/seccompile/seccompile/internal/jsonpos"

// Limits on a profile's text, which is untrusted. Exceeding one is an error with
// [CodeTooLarge]. The limits are far above the largest known inputs: profiles of 30 kB with
// 600 values and 15 conditional rules for a call, and a config.json of 50 kB.
const (
	// MaxText is the maximum size of a text in bytes. Parsing takes up to a few times as
	// much memory.
	MaxText = jsonpos.MaxText

	// maxFaults is the most faults that Resolve lists.
	maxFaults = jsonpos.MaxFaults

	// maxHints is the most unknown names of calls for which a known one is looked
	// for that may be meant.
	maxHints = 100

	// maxRules is the most rules and conditions of an ABI, and maxPairs the most
	// pairs of rules of one call and different actions, which are compared with
	// each other. A filter has room for 4096 instructions, and most conditions
	// take two or more.
	maxRules = 1 << 14
	maxPairs = 1 << 21

	// maxMore is the most pairs that are compared after one for the same rule, and
	// maxRuncAnswers the most calls for which both readings are compared.
	maxMore        = 1 << 16
	maxRuncAnswers = 1 << 11
)
