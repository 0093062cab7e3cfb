// A storm of threads: each goroutine holds one in a system call. At the limit the kernel refuses the
// next one, and Go's runtime gives up with status 2.
//
// run: sandbox-run --pids 32 examples/pids_limit.go
// outcome: pids_limit
// exit status: 2
package main

import "syscall"

func main() {
	var ends [2]int
	if err := syscall.Pipe(ends[:]); err != nil {
		panic(err)
	}
	for i := 0; i < 1000; i++ {
		go func() {
			var nothing [1]byte
			syscall.Read(ends[0], nothing[:]) // nobody ever writes
		}()
	}
	select {}
}
