// Run: --run-timeout 2s
// Outcome: exited|timeout
// Cause: copied_lock|deadlock
// Says: Done
package main

import (
	"fmt"
	"sync"
)

func work(i int, wg sync.WaitGroup) {
	defer wg.Done()
	fmt.Println(i)
}

func main() {
	var wg sync.WaitGroup
	for i := 0; i < 3; i++ {
		wg.Add(1)
		go work(i, wg)
	}
	wg.Wait()
}
