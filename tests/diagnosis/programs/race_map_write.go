// Run: --cpus 2
// Outcome: exited
// Cause: concurrent_map
package main

import "sync"

type reg struct{ m map[int]int }

func (r *reg) set(i int) { r.m[i] = i }

func main() {
	r := &reg{m: map[int]int{}}
	var wg sync.WaitGroup
	for w := 0; w < 8; w++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 0; i < 1<<20; i++ {
				r.set(i % 100)
			}
		}()
	}
	wg.Wait()
}
