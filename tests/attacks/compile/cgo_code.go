// attack: has C of its own compiled into the program
// how: compile
// expect: outcome=compile_error stage=compile
// because: cgo is off, so a file that needs it is left out
package main

// static int answer(void) { return 42; }
import "C"

import "fmt"

func main() { fmt.Println("ESCAPED", C.answer()) }
