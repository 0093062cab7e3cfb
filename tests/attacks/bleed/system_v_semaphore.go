// attack: leaves a System V semaphore
// how: pair
// expect: outcome=ok stdout="semget: REFUSED"
package main

import (
	"fmt"
	"os"
	"syscall"
)

func main() {
	if os.Args[1] == "leave" {
		_, _, errno := syscall.Syscall(64, 0x60b0, 1, 01666)
		fmt.Println("LEFT", errno)
		return
	}
	call("semget", 64, 0x60b0, 1, 0)
}
