// Run: --run-timeout 2s
// Outcome: exited
// Cause: lock_twice
// Says: reentrant_lock.go:26
package main

import (
	"fmt"
	"sync"
)

type registry struct {
	mu    sync.Mutex
	names map[string]bool
}

func (r *registry) has(n string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.names[n]
}

func (r *registry) add(n string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.has(n) {
		return
	}
	r.names[n] = true
}

func main() {
	r := &registry{names: map[string]bool{}}
	r.add("x")
	fmt.Println(len(r.names))
}
