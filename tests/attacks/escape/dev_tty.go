// attack: opens a terminal of the host
// how: run
// expect: outcome=ok stdout="/dev/tty: REFUSED" stdout="stdin is a terminal: REFUSED" stdout="own session: REFUSED"
package main

import (
	"os"
	"syscall"
	"unsafe"
)

func main() {
	_, err := os.Open("/dev/tty")
	attempt("/dev/tty", err)
	var size [8]byte
	_, _, errno := syscall.Syscall(16, 0, 0x5413, uintptr(unsafe.Pointer(&size)))
	expect("stdin is a terminal", errno != 0)
	session, _, _ := syscall.Syscall(124, 0, 0, 0)
	expect("own session", session == 1) // 0: one of outside
}
