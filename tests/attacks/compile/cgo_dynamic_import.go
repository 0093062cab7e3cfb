// attack: imports a dynamic library by the comment that only cgo may write
// how: compile
// expect: outcome=compile_error stage=compile
package main

//go:cgo_import_dynamic libc_system system "libc.so.6"

func main() { println("ESCAPED") }
