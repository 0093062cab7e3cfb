// Run: --run-timeout 1s
// Outcome: exited|timeout
// Cause: deadlock|blocked
// Says: Signal
package main

import "sync"

type pool struct {
	mu   sync.Mutex
	cond *sync.Cond
	free int
}

func main() {
	p := &pool{}
	p.cond = sync.NewCond(&p.mu)
	p.mu.Lock()
	for p.free == 0 {
		p.cond.Wait()
	}
	p.mu.Unlock()
}
