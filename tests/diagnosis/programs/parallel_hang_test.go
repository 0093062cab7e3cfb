// Form: test
// Run: --run-timeout 2s
// Outcome: timeout
// Cause: blocked|lock_held|lock_twice
// Says: TestStore
package shop

import (
	"sync"
	"testing"
)

type store struct {
	mu sync.Mutex
	m  map[string]int
}

func (s *store) Get(k string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.m[k]
}

func (s *store) Incr(k string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.m[k] = s.Get(k) + 1
}

func TestStore(t *testing.T) {
	t.Run("incr", func(t *testing.T) {
		s := &store{m: map[string]int{}}
		s.Incr("a")
	})
}

func TestOther(t *testing.T) {}
