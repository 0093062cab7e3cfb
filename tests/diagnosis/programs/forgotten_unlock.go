// Run: --run-timeout 2s
// Outcome: exited
// Cause: deadlock|lock_held
// Says: forgotten_unlock.go:21
package main

import (
	"errors"
	"fmt"
	"sync"
)

type table struct {
	mu   sync.Mutex
	rows map[string]int
}

func (t *table) add(key string) error {
	t.mu.Lock()
	if _, ok := t.rows[key]; ok {
		return errors.New("twice")
	}
	t.rows[key] = 1
	t.mu.Unlock()
	return nil
}

func main() {
	t := &table{rows: map[string]int{}}
	fmt.Println(t.add("a"))
	fmt.Println(t.add("a"))
	fmt.Println(t.add("b"))
}
