// Run: --memory 64M
// Outcome: oom
// Cause: finalizer_blocked|finalizer_growth
// Says: inaliz
package main

import (
	"runtime"
	"time"
)

type resource struct{ data []byte }

func newResource() *resource {
	r := &resource{data: make([]byte, 32<<10)}
	runtime.SetFinalizer(r, func(r *resource) { time.Sleep(20 * time.Millisecond) })
	return r
}

func main() {
	for {
		r := newResource()
		r.data[1] = 2
	}
}
