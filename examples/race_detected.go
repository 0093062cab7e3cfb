// Two goroutines add to one number without a lock. Built with the race detector, the program is
// told so, and its exit status becomes 66.
//
// run: sandbox-run --race examples/race_detected.go
// outcome: race_detected
// exit status: 66
package main

import (
	"fmt"
	"sync"
)

func main() {
	var workers sync.WaitGroup
	sum := 0
	for i := 0; i < 2; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			sum++
		}()
	}
	workers.Wait()
	fmt.Println(sum)
}
