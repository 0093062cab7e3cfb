// attack: spins without a point where the runtime could stop it, and never prints its goroutines
// how: run
// flags: --run-timeout 400ms --grace 100ms
// expect: outcome=timeout limit=wall
package main

import (
	"os/signal"
	"runtime"
	"syscall"
)

var count int

func main() {
	runtime.LockOSThread()
	signal.Ignore(syscall.SIGQUIT, syscall.SIGURG)
	for {
		count++
	}
}
