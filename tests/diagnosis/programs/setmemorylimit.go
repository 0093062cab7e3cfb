// Run: --memory 64M --gogc off
// Outcome: oom
// Cause: gc_off|memory_limit_overridden
// Says: SetMemoryLimit
package main

import (
	"fmt"
	"math"
	"runtime/debug"
)

func main() {
	debug.SetMemoryLimit(math.MaxInt64)
	n := 0
	for i := 0; i < 1<<30; i++ {
		n += len(fmt.Sprint(i, "something"))
	}
	fmt.Println(n)
}
