// attack: makes the C compiler load its plugin
// how: compile
// expect: outcome=compile_error stage=compile
// because: cgo is off, so a file that needs it is left out
package main

// #cgo CFLAGS: -fplugin=/work/x.so -B/work
import "C"

import "fmt"

func main() { fmt.Println("ESCAPED") }
