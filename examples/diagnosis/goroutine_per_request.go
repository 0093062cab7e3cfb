// A goroutine for every request, each blocked on a channel that nobody reads any more.
//
//	sandbox-run --run-timeout 1s examples/diagnosis/goroutine_per_request.go
//
// Outcome: timeout. First hint: goroutine_leak.
package main

import "time"

func handle(request int, done chan<- int) {
	done <- request * 2
}

func main() {
	done := make(chan int)
	for request := 0; request < 1000; request++ {
		go handle(request, done)
	}
	<-done // one answer is enough
	for {
		time.Sleep(time.Hour)
	}
}
