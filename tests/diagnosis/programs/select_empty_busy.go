// Run: --run-timeout 1s
// Outcome: timeout
// Cause: endless_loop|busy
// Says: select_empty_busy.go
// Not: waited
package main

type worker struct {
	in   chan int
	quit chan struct{}
}

func (w *worker) loop() {
	for {
		select {
		case v := <-w.in:
			println(v)
		case <-w.quit:
			return
		default:
		}
	}
}

func main() {
	w := &worker{in: make(chan int), quit: make(chan struct{})}
	w.loop()
}
