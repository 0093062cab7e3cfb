// attack: holds a lock on a shared file, to stall or signal others
// how: beside
// expect: outcome=ok stdout="lock seen: REFUSED"
// because: flock is refused where programs run: its locks belong to files, and files are shared
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
			err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX)
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
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	expect("lock seen", err != syscall.EWOULDBLOCK)
}
