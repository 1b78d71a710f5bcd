//go:build playground

package main

import "syscall/js"

// main gives the page the function seccompile, which takes a question and returns the
// answer, both in JSON. It is called as often as the page likes.
func main() {
	js.Global().Set("seccompile", js.FuncOf(func(_ js.Value, args []js.Value) any {
		return string(play([]byte(args[0].String())))
	}))
	select {}
}
