// Run: --cpus 2
// Outcome: exited
// Cause: concurrent_map
package main

import "sync"

func main() {
	m := map[int]int{}
	var wg sync.WaitGroup
	for g := 0; g < 8; g++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 0; i < 1_000_000; i++ {
				m[i%100]++
			}
		}()
	}
	wg.Wait()
}
