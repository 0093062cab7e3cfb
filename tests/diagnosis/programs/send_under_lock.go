// Run: --run-timeout 2s
// Outcome: exited|timeout
// Cause: lock_held|deadlock
// Says: send_under_lock.go:18
package main

import "sync"

type hub struct {
	mu   sync.Mutex
	out  chan int
	seen int
}

func (h *hub) publish(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.out <- n
}

func (h *hub) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seen
}

func main() {
	h := &hub{out: make(chan int)}
	go h.publish(1)
	for i := 0; i < 100; i++ {
		if h.count() > 0 {
			break
		}
	}
	go h.publish(2)
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		h.publish(3)
	}()
	wg.Wait()
}
