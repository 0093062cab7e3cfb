// Run: --memory 64M --gomemlimit off
// Outcome: oom
// Cause: no_memory_limit
// Not: which no GOGC
// Not: only grows
package main

import "fmt"

var keep []byte

func fill(n int) []byte {
	b := make([]byte, n)
	for i := 0; i < n; i += 4096 {
		b[i] = 1
	}
	return b
}

func main() {
	for i := 0; i < 3; i++ {
		keep = fill(45 << 20)
		fmt.Println("round", i, len(keep)>>20)
		keep = nil
		keep = fill(6 << 20)
	}
}
