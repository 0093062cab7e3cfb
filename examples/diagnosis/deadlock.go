// Two goroutines wait for each other.
//
//	sandbox-run examples/diagnosis/deadlock.go
//
// Outcome: exited, status 2. First hint: deadlock.
package main

func main() {
	ping, pong := make(chan int), make(chan int)
	go func() {
		<-ping
		pong <- 1
	}()
	<-pong
	ping <- 1
}
