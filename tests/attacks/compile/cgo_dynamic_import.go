// attack: imports from a dynamic library by a comment, without cgo
// how: compile
// expect: outcome=ok stdout=normal
// expect: outcome=compile_error stage=compile
// because: the compiler takes the comment for ports that need it; nothing uses the symbol, so nothing is loaded
package main

import "fmt"

//go:cgo_import_dynamic libc_system system "libc.so.6"

func main() { fmt.Println("normal") }
