// Run: --memory 96M
// Outcome: oom
// Cause: big_allocation|heap_growth
// Says: small_beside_big.go:12
package main

import "fmt"

var labels = map[int]string{}

func bigTable() []uint64 {
	t := make([]uint64, 9<<20)
	for i := range t {
		t[i] = uint64(i)
	}
	return t
}

func main() {
	t := bigTable()
	for i := 0; i < 20000; i++ {
		labels[i] = fmt.Sprint("label ", i)
	}
	u := bigTable()
	println(t[1], u[2], len(labels))
}
