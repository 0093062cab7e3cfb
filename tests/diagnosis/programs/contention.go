// Run: --run-timeout 2s
// Outcome: timeout
// Cause: busy|contention
// Not: never released
package main

import (
	"fmt"
	"sync"
)

var mu sync.Mutex
var total uint64

func add(n uint64) {
	mu.Lock()
	defer mu.Unlock()
	for i := uint64(0); i < 200000; i++ {
		total += i ^ n
	}
}

func main() {
	var wg sync.WaitGroup
	for g := 0; g < 20; g++ {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			for i := 0; i < 100000; i++ {
				add(uint64(g))
			}
		}(g)
	}
	wg.Wait()
	fmt.Println(total)
}
