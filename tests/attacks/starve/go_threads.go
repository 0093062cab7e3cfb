// attack: blocks every thread, so that the runtime starts more
// how: run
// flags: --pids 32 --run-timeout 5s
// expect: outcome=pids_limit stderr="failed to create new OS thread"
package main

import (
	"runtime"
	"syscall"
)

func main() {
	for i := 0; i < 1000; i++ {
		go func() {
			runtime.LockOSThread()
			var pipe [2]int
			syscall.Pipe(pipe[:])
			syscall.Read(pipe[0], make([]byte, 1))
		}()
	}
	select {}
}
