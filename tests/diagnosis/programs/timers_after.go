// Run: --memory 64M
// Outcome: oom
// Cause: timer_growth
// Says: time.After
// Not: slice appended
package main

import "time"

func main() {
	done := make(chan int, 1)
	for {
		select {
		case done <- 1:
		case <-time.After(time.Hour):
		}
		<-done
		t := time.AfterFunc(time.Hour, func() { println("late") })
		_ = t
	}
}
