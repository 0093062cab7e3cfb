// Asks for a C library. The go command leaves such a file out in silence and then misses main.
//
//	sandbox-run examples/diagnosis/cgo.go
//
// Outcome: compile_error in the compile stage. First hint: cgo_off.
package main

// #include <math.h>
import "C"

func main() {
	println(C.sqrt(2))
}
