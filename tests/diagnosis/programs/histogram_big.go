// Run: --memory 64M
// Outcome: oom
// Cause: big_allocation
// Says: histogram_big.go
// Not: only grows
package main

import "fmt"

func main() {
	counts := make([]int, 1<<27)
	for i := range counts {
		counts[i]++
	}
	fmt.Println(len(counts))
}
