// attack: leaves a mark in the write life time of a shared file, and reads the one left there
// how: run
// expect: outcome=ok stdout="F_SET_RW_HINT: REFUSED EINVAL" stdout="F_GET_RW_HINT: REFUSED EINVAL"
package main

import (
	"fmt"
	"os"
	"unsafe"
)

func main() {
	file, err := os.Open("/usr/bin/env")
	if err != nil {
		fmt.Println(err)
		return
	}
	long := uint64(4)
	call("F_SET_RW_HINT", 72, file.Fd(), 1036, uintptr(unsafe.Pointer(&long)))
	call("F_GET_RW_HINT", 72, file.Fd(), 1035, uintptr(unsafe.Pointer(&long)))
}
