// Run: --memory 64M
// Outcome: oom
// Cause: finalizer_blocked
// Says: inaliz
package main

import (
	"runtime"
	"time"
)

type handle struct {
	fd  int
	buf [16 << 10]byte
}

func open(n int) *handle {
	h := &handle{fd: n}
	runtime.SetFinalizer(h, (*handle).close)
	return h
}

func (h *handle) close() { time.Sleep(50 * time.Millisecond) }

func main() {
	for n := 0; ; n++ {
		h := open(n)
		h.buf[n%len(h.buf)] = 1
	}
}
