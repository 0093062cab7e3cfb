// Run: --memory 64M
// Outcome: oom
// Cause: ticker_never_stopped|goroutine_leak
package main

import "time"

func watch() {
	t := time.NewTicker(time.Hour)
	for range t.C {
		println("tick")
	}
}

func main() {
	for {
		go watch()
	}
}
