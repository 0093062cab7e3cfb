// Makes garbage for half a second; its stderr stays its own although the collector is traced.
//
//	sandbox-run --gctrace examples/diagnosis/gc_trace.go
//
// Outcome: ok. First hint: none.
package main

import (
	"fmt"
	"os"
	"time"
)

var keep [64][]byte

func main() {
	end := time.Now().Add(500 * time.Millisecond)
	for i := 0; time.Now().Before(end); i++ {
		keep[i%len(keep)] = make([]byte, 64<<10)
	}
	fmt.Fprintln(os.Stderr, "all of stderr")
}
