//go:build !race

package compile

// raceEnabled reports whether the race detector is built in.
const raceEnabled = false
