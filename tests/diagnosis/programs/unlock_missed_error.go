// Run: --run-timeout 2s
// Outcome: exited|timeout
// Cause: deadlock|lock_held
// Says: unlock_missed_error.go:21
package main

import (
	"errors"
	"sync"
)

type ledger struct {
	sync.Mutex
	sum int
}

func (l *ledger) post(n int) error {
	l.Lock()
	if n < 0 {
		// refused
		return errors.New("negative")
	}
	l.sum += n
	l.Unlock()
	return nil
}

func main() {
	l := &ledger{}
	for _, n := range []int{1, 2, -3, 4} {
		_ = l.post(n)
	}
	println(l.sum)
}
