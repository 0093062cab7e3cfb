// attack: leaves a System V segment
// how: pair
// expect: outcome=ok stdout="shmget: REFUSED"
package main

import (
	"fmt"
	"os"
	"syscall"
)

func main() {
	if os.Args[1] == "leave" {
		_, _, errno := syscall.Syscall(29, 0x60b0, 4096, 01666)
		fmt.Println("LEFT", errno)
		return
	}
	call("shmget", 29, 0x60b0, 4096, 0)
}
