// attack: has its pages merged with equal ones of others, to measure which they have
// how: run
// expect: outcome=ok stdout="MADV_MERGEABLE: REFUSED EINVAL"
package main

import (
	"fmt"
	"syscall"
	"unsafe"
)

func main() {
	pages, err := syscall.Mmap(-1, 0, 1<<20, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		fmt.Println(err)
		return
	}
	call("MADV_MERGEABLE", 28, uintptr(unsafe.Pointer(&pages[0])), uintptr(len(pages)), 12)
}
