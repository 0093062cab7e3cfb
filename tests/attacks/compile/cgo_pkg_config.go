// attack: makes cgo run a program of its choice
// how: compile
// expect: outcome=compile_error stage=compile
// because: cgo is off, so a file that needs it is left out
package main

// #cgo pkg-config: --define-variable=x=y
import "C"

import "fmt"

func main() { fmt.Println("ESCAPED") }
