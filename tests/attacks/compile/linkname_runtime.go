// attack: reaches into the runtime past its exports
// how: compile
// expect: outcome=ok stdout="mount: REFUSED"
// expect: outcome=compile_error stage=compile
// because: without a body the linker or compiler may refuse it; with it, the filter still stands
package main

import (
	"fmt"
	"syscall"
	_ "unsafe"
)

//go:linkname rawSyscall syscall.RawSyscall6
func rawSyscall(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2 uintptr, err syscall.Errno)

func main() {
	_, _, errno := rawSyscall(165, 1, 1, 1, 0, 0, 0)
	if errno == syscall.EPERM {
		fmt.Println("mount: REFUSED")
	} else {
		fmt.Println("mount: ESCAPED", errno)
	}
}
