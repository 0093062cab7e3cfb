// Run: --pids 30
// Outcome: exited|pids_limit|signaled
// Cause: threads
// Says: --pids
package main

import "syscall"

func block() {
	var p [2]int
	syscall.Pipe(p[:])
	b := make([]byte, 1)
	syscall.Read(p[0], b)
}

func main() {
	for i := 0; i < 100; i++ {
		go block()
	}
	block()
}
