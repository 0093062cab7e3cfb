// Run: --run-timeout 2s
// Outcome: exited|timeout
// Cause: deadlock|blocked
// Says: Done
package main

import (
	"errors"
	"sync"
)

func work(i int, wg *sync.WaitGroup) error {
	if i%3 == 0 {
		return errors.New("skip")
	}
	wg.Done()
	return nil
}

func main() {
	var wg sync.WaitGroup
	for i := 0; i < 10; i++ {
		wg.Add(1)
		go work(i, &wg)
	}
	wg.Wait()
}
