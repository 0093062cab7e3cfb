// Run: --run-timeout 2s
// Outcome: exited
// Cause: deadlock
// Says: Done
package main

import (
	"fmt"
	"sync"
)

func main() {
	var wg sync.WaitGroup
	for i := 0; i < 3; i++ {
		wg.Add(1)
		go func(i int) {
			if i == 2 {
				return
			}
			fmt.Println(i)
			wg.Done()
		}(i)
	}
	wg.Wait()
}
