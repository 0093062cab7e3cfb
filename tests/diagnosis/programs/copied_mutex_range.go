// Run: --run-timeout 2s
// Outcome: exited|timeout
// Cause: copied_lock|lock_held|deadlock
// Not: more time
package main

import "sync"

type shard struct {
	mu sync.Mutex
	n  int
}

func (s shard) add(v int) {
	s.mu.Lock()
	s.n += v
	s.mu.Unlock()
}

func main() {
	s := shard{}
	s.mu.Lock()
	done := make(chan bool)
	go func() {
		s.add(1)
		done <- true
	}()
	s.n++
	<-done
	s.mu.Unlock()
}
