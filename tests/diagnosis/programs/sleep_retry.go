// Run: --run-timeout 1s
// Outcome: timeout
// Cause: sleeping|blocked
// Says: Sleep
package main

import (
	"errors"
	"time"
)

func ping() error { return errors.New("refused") }

func waitFor(f func() error) {
	for f() != nil {
		time.Sleep(100 * time.Millisecond)
	}
}

func main() { waitFor(ping) }
