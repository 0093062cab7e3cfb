// attack: kills, stops and interrupts PID 1
// how: run
// expect: outcome=ok stdout="alive after it all"
package main

import (
	"fmt"
	"syscall"
)

func main() {
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGTERM, syscall.SIGSEGV, syscall.SIGSYS, syscall.SIGABRT, syscall.SIGCHLD, syscall.SIGCONT} {
		err := syscall.Kill(1, signal)
		fmt.Println("kill(1,", int(signal), "):", err)
	}
	fd, _, errno := syscall.Syscall(434, 1, 0, 0)
	if errno == 0 {
		_, _, errno = syscall.Syscall6(424, fd, 9, 0, 0, 0, 0)
		fmt.Println("pidfd_send_signal(1):", errno)
	}
	fmt.Println("alive after it all")
}
