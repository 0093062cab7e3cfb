// attack: includes a file of the host through cgo
// how: compile
// expect: outcome=compile_error stage=compile
// because: cgo is off, so a file that needs it is left out
package main

// #include "/etc/passwd"
import "C"

import "fmt"

func main() { fmt.Println("ESCAPED") }
