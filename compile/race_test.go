//go:build race

package compile

// raceEnabled reports whether the race detector is built in. It allocates, and it
// makes calls on threads whose filters refuse them.
const raceEnabled = true
