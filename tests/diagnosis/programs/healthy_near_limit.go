// Run: --memory 96M
// Outcome: ok
// Cause: none|our_memory_limit
// Not: leak
// Not: only grows
package main

import "fmt"

func main() {
	table := make([]uint64, 4<<20)
	for i := range table {
		table[i] = uint64(i) * 31
	}
	fmt.Println(table[len(table)-1])
}
