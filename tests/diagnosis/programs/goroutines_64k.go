// Run: --memory 128M
// Outcome: oom
// Cause: goroutine_leak
// Says: goroutines
package main

import "fmt"

func work(id int, results chan<- int) {
	buf := make([]byte, 64<<10)
	for i := range buf {
		buf[i] = byte(id)
	}
	results <- int(buf[0])
	fmt.Println(len(buf))
}

func main() {
	results := make(chan int)
	for i := 0; ; i++ {
		go work(i, results)
	}
}
