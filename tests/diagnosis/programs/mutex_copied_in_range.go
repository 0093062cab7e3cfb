// Run: --run-timeout 2s
// Outcome: exited|timeout
// Cause: lock_twice|lock_held|deadlock|copied_lock
// Not: more time
package main

import "sync"

type shard struct {
	mu   sync.Mutex
	data map[int]int
}

func (s *shard) get(k int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.data[k]
}

func (s *shard) add(k int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data[k] = s.get(k) + 1
}

func main() {
	s := &shard{data: map[int]int{}}
	s.add(1)
}
