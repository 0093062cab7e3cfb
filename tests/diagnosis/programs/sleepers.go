// Run: --run-timeout 1s
// Outcome: timeout
// Cause: goroutine_leak|sleeping|blocked
package main

import (
	"sync"
	"time"
)

func main() {
	var wg sync.WaitGroup
	for i := 0; i < 300; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			time.Sleep(time.Minute)
		}()
	}
	wg.Wait()
}
