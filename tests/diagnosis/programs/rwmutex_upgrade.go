// Run: --run-timeout 2s
// Outcome: exited|timeout
// Cause: lock_twice
// Says: rwmutex_upgrade.go:19
package main

import "sync"

type config struct {
	mu   sync.RWMutex
	data map[string]string
}

func (c *config) get(key string) string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	v, ok := c.data[key]
	if !ok {
		c.mu.Lock()
		c.data[key] = "default"
		c.mu.Unlock()
	}
	return v
}

func main() {
	c := &config{data: map[string]string{}}
	println(c.get("a"))
}
