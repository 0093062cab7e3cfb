// Run: --memory 64M --gogc off
// Outcome: oom
// Cause: gc_off|memory_limit_overridden
// Says: SetMemoryLimit
package main

import (
	"fmt"
	"runtime/debug"
)

func tune(bytes int64) { debug.SetMemoryLimit(bytes) }

func main() {
	tune(2 << 30)
	total := 0
	for i := 0; ; i++ {
		total += len(fmt.Sprintf("%0512d", i))
	}
}
