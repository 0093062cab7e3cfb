// Run: --run-timeout 1s
// Outcome: timeout
// Cause: blocked|ticker_never_stopped
package main

import (
	"fmt"
	"time"
)

func poll(stop chan bool) {
	t := time.NewTicker(50 * time.Millisecond)
	for {
		select {
		case <-t.C:
			fmt.Print(".")
		case <-stop:
			return
		}
	}
}

func main() { poll(make(chan bool)) }
