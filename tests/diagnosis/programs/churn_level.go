// Run: --memory 64M --gomemlimit off --run-timeout 30s
// Outcome: oom
// Cause: no_memory_limit
// Not: which no GOGC
package main

import "math/rand"

type entry struct{ body []byte }

func main() {
	ring := make([]*entry, 4000)
	for i := 0; i < 40_000_000; i++ {
		e := &entry{body: make([]byte, 10<<10)}
		for j := 0; j < len(e.body); j += 512 {
			e.body[j] = byte(i)
		}
		ring[rand.Intn(len(ring))] = e
	}
	println(len(ring))
}
