// Run: --run-timeout 2s
// Outcome: exited
// Cause: copied_lock|deadlock
// Says: copie
package main

import (
	"fmt"
	"sync"
)

type counter struct {
	mu sync.Mutex
	n  int
}

func (c counter) add() {
	c.mu.Lock()
	c.n++
	c.mu.Unlock()
}

func main() {
	var c counter
	c.mu.Lock()
	c.add()
	c.mu.Unlock()
	fmt.Println(c.n)
}
