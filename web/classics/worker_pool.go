package main

import (
	"fmt"
	"sync"
	"time"
)

func worker(id int, jobs <-chan int, results chan<- string) {
	for job := range jobs {
		time.Sleep(100 * time.Millisecond)
		results <- fmt.Sprintf("worker %d did job %d", id, job)
	}
}

func main() {
	jobs, results := make(chan int), make(chan string)
	var workers sync.WaitGroup
	for id := 1; id <= 3; id++ {
		workers.Add(1)
		go func(id int) {
			defer workers.Done()
			worker(id, jobs, results)
		}(id)
	}
	go func() {
		for job := 1; job <= 12; job++ {
			jobs <- job
		}
		close(jobs)
		workers.Wait()
		close(results)
	}()
	for result := range results {
		fmt.Println(result)
	}
}
