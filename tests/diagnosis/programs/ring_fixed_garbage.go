// Run: --memory 64M --gomemlimit off --run-timeout 20s
// Outcome: oom
// Cause: no_memory_limit|collector_late
// Not: unbounded
// Not: only grows
package main

import "bytes"

type ring struct {
	slots [3][]byte
	at    int
}

func (r *ring) push(b []byte) { r.slots[r.at%3] = b; r.at++ }

func pack(i int) []byte {
	var b bytes.Buffer
	for b.Len() < 6<<20 {
		b.WriteString("0123456789abcdef")
	}
	return b.Bytes()
}

func main() {
	r := &ring{}
	for i := 0; i < 2000; i++ {
		r.push(pack(i))
	}
}
