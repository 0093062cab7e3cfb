// Run: --run-timeout 2s --cpus 2
// Outcome: timeout
// Cause: busy|contention|throttled
// Not: never released
// Not: without unlocking
// Not: is held since
package main

import "sync"

type counter struct {
	mu sync.RWMutex
	n  map[int]int
}

func (c *counter) inc(k int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := 0; i < 200; i++ {
		c.n[k+i]++
	}
}

func (c *counter) sum() (s int) {
	c.mu.RLock()
	for _, v := range c.n {
		s += v
	}
	c.mu.RUnlock()
	return
}

func main() {
	c := &counter{n: map[int]int{}}
	var wg sync.WaitGroup
	for w := 0; w < 16; w++ {
		wg.Add(1)
		go func(w int) {
			defer wg.Done()
			for i := 0; i < 1<<30; i++ {
				c.inc(i % 1000)
				if i%10 == 0 {
					c.sum()
				}
			}
		}(w)
	}
	wg.Wait()
}
