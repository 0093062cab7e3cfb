// A program that dies of a signal of its own: the exit status is 128 plus the signal's number, here
// 15 for SIGTERM.
//
// run: sandbox-run examples/signaled.go
// outcome: signaled
// exit status: 143
package main

import "syscall"

func main() {
	syscall.Kill(syscall.Getpid(), syscall.SIGTERM)
	select {}
}
