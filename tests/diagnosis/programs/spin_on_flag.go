// Run: --run-timeout 1s
// Outcome: timeout
// Cause: endless_loop
// Not: or more time
package main

import (
	"fmt"
	"sync/atomic"
)

var done int32

func main() {
	go func() {
		fmt.Println("worker ready")
	}()
	for atomic.LoadInt32(&done) == 0 {
	}
	fmt.Println("finished")
}
