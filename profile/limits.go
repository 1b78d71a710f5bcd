package profile

import "github.com/seccompile/seccompile/internal/jsonpos"

// MaxText is the maximum size of a profile's text in bytes, 8 MiB. A larger text is an
// error with [CodeTooLarge]. Parsing takes up to a few times as much memory. The largest
// known inputs are profiles of 30 kB with 600 values, and a config.json of 50 kB.
const MaxText = jsonpos.MaxText

// Other limits, which are also far above known inputs: 15 conditional rules for a call.
// Exceeding one is an error with [CodeTooLarge], too.
const (
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
