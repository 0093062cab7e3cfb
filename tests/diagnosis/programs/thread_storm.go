// Run: --pids 40
// Outcome: pids_limit|exited|signaled
// Cause: threads
package main

import (
	"os"
	"sync"
	"syscall"
)

func main() {
	var wg sync.WaitGroup
	for i := 0; i < 200; i++ {
		r, _, err := os.Pipe()
		if err != nil {
			panic(err)
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			var b [1]byte
			syscall.Read(int(r.Fd()), b[:])
		}()
	}
	wg.Wait()
}
