// attack: holds a record lock on a shared file and lets others ask for it
// how: beside
// expect: outcome=ok stdout="lock seen: REFUSED"
package main

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

func main() {
	if os.Args[1] == "leave" {
		file, err := os.Open("/usr/bin/env")
		if err == nil {
			lock := syscall.Flock_t{Type: syscall.F_RDLCK}
			err = syscall.FcntlFlock(file.Fd(), syscall.F_SETLK, &lock)
		}
		fmt.Println("READY", err)
		time.Sleep(time.Minute)
		return
	}
	file, err := os.Open("/usr/bin/env")
	if err != nil {
		fmt.Println(err)
		return
	}
	seen := false
	for _, command := range []int{syscall.F_GETLK, 36} {
		lock := syscall.Flock_t{Type: syscall.F_WRLCK}
		err = syscall.FcntlFlock(file.Fd(), command, &lock)
		seen = seen || err == nil && lock.Type != syscall.F_UNLCK
	}
	expect("lock seen", !seen)
}
