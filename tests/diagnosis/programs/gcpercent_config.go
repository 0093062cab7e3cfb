// Run: --memory 64M --gomemlimit off
// Outcome: oom
// Cause: gc_off
// Says: SetGCPercent
package main

import (
	"runtime/debug"
	"strings"
)

type config struct{ gcPercent int }

func (c config) apply() { debug.SetGCPercent(c.gcPercent) }

func main() {
	config{gcPercent: -1}.apply()
	n := 0
	for i := 0; ; i++ {
		n += len(strings.ToUpper(strings.Repeat("abc", 1000)))
	}
}
