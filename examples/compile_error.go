// Does not compile: the compiler's messages come back with this file's name and lines, and nothing
// is run.
//
// run: sandbox-run examples/compile_error.go
// outcome: compile_error
// exit status: 120
package main

func main() {
	answer := "forty-two" + 2
}
