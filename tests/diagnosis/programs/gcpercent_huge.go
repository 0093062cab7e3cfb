// Run: --memory 64M --gomemlimit off
// Outcome: oom
// Cause: gc_off|no_memory_limit|collector_late
// Says: GC
package main

import (
	"runtime/debug"
	"strings"
)

const lazily = 5000

func main() {
	debug.SetGCPercent(lazily)
	n := 0
	for i := 0; ; i++ {
		n += len(strings.ToUpper(strings.Repeat("abc", 1000)))
	}
}
