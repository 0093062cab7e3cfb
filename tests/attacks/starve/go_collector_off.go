// attack: switches the collector off and makes garbage
// how: run
// flags: --memory 64M
// expect: outcome=oom
package main

import "runtime/debug"

var keep []byte

func main() {
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(1 << 62)
	for {
		keep = make([]byte, 1<<20)
		for i := 0; i < len(keep); i += 4096 {
			keep[i] = 1
		}
	}
}
