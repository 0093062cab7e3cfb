// Two goroutines add to one counter without a lock.
//
//	sandbox-run --race examples/diagnosis/race.go
//
// Outcome: race_detected, status 66. First hint: data_race.
package main

import (
	"fmt"
	"sync"
)

var counter int

func add() {
	counter++
}

func main() {
	var group sync.WaitGroup
	for i := 0; i < 2; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			add()
		}()
	}
	group.Wait()
	fmt.Println(counter)
}
