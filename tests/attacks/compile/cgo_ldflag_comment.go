// attack: passes a linker flag by the comment that only cgo may write
// how: compile
// expect: outcome=compile_error stage=compile
package main

//go:cgo_ldflag "-Wl,-plugin,/work/x.so"

func main() { println("ESCAPED") }
