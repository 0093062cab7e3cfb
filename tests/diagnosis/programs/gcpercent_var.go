// Run: --memory 64M --gomemlimit off
// Outcome: oom
// Cause: gc_off
// Says: SetGCPercent
package main

import (
	"fmt"
	"runtime/debug"
)

type config struct{ percent int }

func main() {
	c := config{percent: -1}
	debug.SetGCPercent(c.percent)
	total := 0
	for i := 0; ; i++ {
		total += len(fmt.Sprintf("%064d", i))
		if total < 0 {
			break
		}
	}
}
