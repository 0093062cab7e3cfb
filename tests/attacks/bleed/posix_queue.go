// attack: leaves a POSIX message queue
// how: pair
// expect: outcome=ok stdout="mq_open: REFUSED"
package main

import (
	"fmt"
	"os"
	"syscall"
)

func main() {
	if os.Args[1] == "leave" {
		_, _, errno := syscall.Syscall6(240, text("gobox"), 0102, 0666, 0, 0, 0)
		fmt.Println("LEFT", errno)
		return
	}
	call("mq_open", 240, text("gobox"), 2, 0, 0)
}
