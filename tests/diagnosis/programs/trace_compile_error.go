// Run:
// Outcome: compile_error
// Cause: none
package main

func main() { undefined() }
