// Run: --run-timeout 1s
// Outcome: timeout
// Cause: sleeping|blocked
// Not: no Go program
package main

import (
	"errors"
	"time"
)

func fetch() error { return errors.New("no") }

func main() {
	for fetch() != nil {
		time.Sleep(200 * time.Millisecond)
	}
}
