// attack: leaves a System V message queue
// how: pair
// expect: outcome=ok stdout="msgget: REFUSED"
package main

import (
	"fmt"
	"os"
	"syscall"
)

func main() {
	if os.Args[1] == "leave" {
		_, _, errno := syscall.Syscall(68, 0x60b0, 01666, 0)
		fmt.Println("LEFT", errno)
		return
	}
	call("msgget", 68, 0x60b0, 0)
}
