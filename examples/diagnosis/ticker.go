// A ticker for every session, none of them ever stopped.
//
//	sandbox-run --run-timeout 1s examples/diagnosis/ticker.go
//
// Outcome: timeout. First hint: ticker_never_stopped.
package main

import (
	"sync"
	"time"
)

func session(wait *sync.WaitGroup) {
	wait.Done()
	ticker := time.NewTicker(time.Minute)
	for range ticker.C {
		println("still here")
	}
}

func main() {
	var wait sync.WaitGroup
	for i := 0; i < 200; i++ {
		wait.Add(1)
		go session(&wait)
	}
	wait.Wait()
	time.Sleep(time.Hour)
}
