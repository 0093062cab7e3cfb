// attack: passes the linker flags through cgo
// how: compile
// expect: outcome=compile_error stage=compile
// because: cgo is off, so a file that needs it is left out
package main

// #cgo LDFLAGS: -Wl,-rpath,/work -fplugin=/work/x.so
import "C"

import "fmt"

func main() { fmt.Println("ESCAPED") }
