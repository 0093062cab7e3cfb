// Each goroutine sits in a blocking system call and so holds a thread.
//
//	sandbox-run --pids 64 examples/diagnosis/threads.go
//
// Outcome: pids_limit. First hint: threads.
package main

import (
	"syscall"
	"time"
)

func wait() {
	pause := syscall.NsecToTimespec(int64(time.Hour))
	for {
		syscall.Nanosleep(&pause, nil)
	}
}

func main() {
	for i := 0; i < 500; i++ {
		go wait()
	}
	time.Sleep(time.Minute)
}
