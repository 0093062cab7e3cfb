// Run: --memory 64M
// Outcome: oom
// Cause: defer_in_loop
// Says: defer
package main

import "fmt"

type handle struct{ buf []byte }

func (h *handle) close() { h.buf = nil }

func open(i int) *handle {
	h := &handle{buf: make([]byte, 16<<10)}
	h.buf[i%100] = 1
	return h
}

func readAll(n int) {
	for i := 0; i < n; i++ {
		h := open(i)
		defer h.close()
	}
	fmt.Println("read")
}

func main() { readAll(1 << 30) }
