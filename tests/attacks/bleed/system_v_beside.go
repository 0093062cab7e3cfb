// attack: shows a System V segment to a run beside it
// how: beside
// expect: outcome=ok stdout="shmget: REFUSED"
package main

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

func main() {
	if os.Args[1] == "leave" {
		syscall.Syscall(29, 0x60b1, 4096, 01666)
		fmt.Println("READY")
		time.Sleep(time.Minute)
		return
	}
	call("shmget", 29, 0x60b1, 4096, 0)
}
