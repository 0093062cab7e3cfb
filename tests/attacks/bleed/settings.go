// attack: leaves limits, masks and priorities
// how: pair
// expect: outcome=ok stdout="mask changed: REFUSED" stdout="priority changed: REFUSED"
package main

import (
	"fmt"
	"os"
	"syscall"
)

func main() {
	if os.Args[1] == "leave" {
		syscall.Umask(0777)
		syscall.Setpriority(0, 0, 19)
		syscall.Setrlimit(7, &syscall.Rlimit{Cur: 3, Max: 3})
		fmt.Println("LEFT")
		return
	}
	expect("mask changed", syscall.Umask(0) == 022)
	priority, _ := syscall.Getpriority(0, 0)
	expect("priority changed", priority > 1) // what nice 19 looks like
	var limit syscall.Rlimit
	syscall.Getrlimit(7, &limit)
	expect("limit changed", limit.Max == 1024)
}
