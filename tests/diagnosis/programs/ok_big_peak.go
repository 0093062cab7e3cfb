// Run: --memory 128M
// Outcome: ok
// Cause: none|our_memory_limit
// Not: leak
package main

import "fmt"

func main() {
	total := 0
	for round := 0; round < 20; round++ {
		m := map[int][]byte{}
		for i := 0; i < 1000; i++ {
			m[i] = make([]byte, 20<<10)
		}
		total += len(m)
	}
	fmt.Println(total)
}
