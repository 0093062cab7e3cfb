// Run: --memory 64M --run-timeout 4s
// Outcome: timeout|oom
// Cause: memory_limit_below_heap|unbounded_append|live_heap|heap_growth|map_growth|big_allocation
// Says: death_spiral.go
// Not: needs less work or more time
package main

import "strings"

type doc struct{ words []string }

func build(n int) []doc {
	docs := make([]doc, n)
	for i := range docs {
		for j := 0; j < 10; j++ {
			docs[i].words = append(docs[i].words, strings.Repeat("w", 100))
		}
	}
	return docs
}

func main() {
	docs := build(34000)
	n := 0
	for {
		for _, d := range docs {
			n += len(strings.Join(d.words, " "))
		}
	}
}
