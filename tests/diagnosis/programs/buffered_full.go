// Run: --run-timeout 1s
// Outcome: timeout|exited
// Cause: goroutine_leak|blocked|deadlock
// Says: chan send
package main

import (
	"fmt"
	"time"
)

func query(host int) string {
	time.Sleep(time.Duration(host) * time.Millisecond)
	return fmt.Sprint("host", host)
}

func main() {
	results := make(chan string, 1)
	for h := 0; h < 50; h++ {
		go func(h int) { results <- query(h) }(h)
	}
	fmt.Println(<-results)
	time.Sleep(time.Hour)
}
