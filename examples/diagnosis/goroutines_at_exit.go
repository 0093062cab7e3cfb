// Three workers wait for work that never comes; main returns and nobody notices.
//
//	sandbox-run --goroutines examples/diagnosis/goroutines_at_exit.go
//
// Outcome: ok. First hint: goroutines_alive.
package main

import "fmt"

func worker(jobs <-chan int) {
	for job := range jobs {
		fmt.Println("job", job)
	}
}

func main() {
	jobs := make(chan int)
	for i := 0; i < 3; i++ {
		go worker(jobs)
	}
	jobs <- 1
	// close(jobs) is missing.
}
