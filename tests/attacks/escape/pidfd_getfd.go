// attack: takes descriptors out of PID 1
// how: run
// expect: outcome=ok stdout="pidfd_getfd: REFUSED EPERM"
package main

import "syscall"

func main() {
	fd, _, _ := syscall.Syscall(434, 1, 0, 0)
	for number := uintptr(0); number < 64; number++ {
		call("pidfd_getfd", 438, fd, number, 0)
	}
}
