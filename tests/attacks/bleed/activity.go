// attack: watches which shared files a run beside it opens
// how: beside
// expect: outcome=ok stdout="watching: REFUSED"
package main

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

func main() {
	if os.Args[1] == "leave" {
		_, _, errno := syscall.Syscall(294, 0, 0, 0)
		fmt.Println("READY", errno)
		time.Sleep(time.Minute)
		return
	}
	fd, _, errno := syscall.Syscall(294, 0, 0, 0)
	if errno != 0 {
		attempt("watching", errno)
		return
	}
	call("watching", 254, fd, text("/usr/bin"), 0xfff)
}
