// Run: --memory 64M --run-timeout 3s
// Outcome: timeout|oom
// Cause: memory_limit_below_heap|unbounded_append|live_heap|heap_growth|map_growth
// Says: memory
// Not: needs less work or more time
package main

import "fmt"

type node struct {
	left, right *node
	payload     [64]byte
}

func build(depth int) *node {
	if depth == 0 {
		return &node{}
	}
	return &node{left: build(depth - 1), right: build(depth - 1)}
}

func main() {
	keep := build(18)
	extra := 0
	for i := 0; i < 1<<30; i++ {
		s := fmt.Sprint("item", i)
		extra += len(s)
		if extra%1000 == 77 {
			keep.left.payload[3]++
		}
	}
	fmt.Println(keep != nil, extra)
}
