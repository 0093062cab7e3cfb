// Run: --run-timeout 2s
// Outcome: timeout|exited
// Cause: deadlock|blocked|goroutine_leak
// Not: needs more time
package main

import "fmt"

func main() {
	jobs := make(chan int)
	results := make(chan int)
	for i := 0; i < 4; i++ {
		go func() {
			for job := range jobs {
				results <- job * job
			}
		}()
	}
	for i := 0; i < 100; i++ {
		jobs <- i
	}
	close(jobs)
	for r := range results {
		fmt.Println(r)
	}
}
