// Fits without the race detector, which needs several times the memory, and not with it: the limit
// ends the run, and no race.
//
//	sandbox-run --race --memory 96M examples/diagnosis/race_memory.go
//
// Outcome: oom. First hint: race_memory.
package main

import "fmt"

func main() {
	table := make([]uint64, 8<<20)
	for round := 0; round < 4; round++ {
		for i := range table {
			table[i] += uint64(i)
		}
	}
	fmt.Println(table[1])
}
