// attack: leaves a mark in the times of a device node
// how: pair
// expect: outcome=ok stdout="mark seen: REFUSED"
package main

import (
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"
)

func main() {
	if os.Args[1] == "leave" {
		times := [4]int64{1, 0, 1, 0}
		_, _, errno := syscall.Syscall6(280, ^uintptr(99), text("/dev/null"), uintptr(unsafe.Pointer(&times)), 0, 0, 0)
		fmt.Println("LEFT", errno)
		syscall.Utimes("/dev/null", nil)
		return
	}
	info, err := os.Stat("/dev/null")
	expect("mark seen", err == nil && time.Since(info.ModTime()) > 2*time.Second)
}
