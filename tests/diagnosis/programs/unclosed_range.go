// Run: --run-timeout 2s
// Outcome: exited
// Cause: deadlock
// Says: close
package main

import "fmt"

func main() {
	out := make(chan int)
	go func() {
		for i := 0; i < 3; i++ {
			out <- i
		}
	}()
	for v := range out {
		fmt.Println(v)
	}
}
