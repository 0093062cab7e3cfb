// Run: --memory 64M
// Outcome: oom|timeout
// Cause: map_growth
// Says: byKey
// Not: slice
package main

import "fmt"

type posting struct{ doc, pos int }

type index struct {
	byKey map[string][]posting
}

func tokens(doc int) []string {
	words := make([]string, 0, 20)
	for i := 0; i < 20; i++ {
		words = append(words, fmt.Sprintf("w%d-%d", doc, i))
	}
	return words
}

func (ix *index) add(doc int) {
	for pos, w := range tokens(doc) {
		ix.byKey[w] = append(ix.byKey[w], posting{doc, pos})
	}
}

func main() {
	ix := &index{byKey: make(map[string][]posting)}
	for doc := 0; ; doc++ {
		ix.add(doc)
	}
}
