// Run: --run-timeout 2s
// Outcome: timeout
// Cause: forced_gc|busy|throttled
// Says: runtime.GC
package main

import "runtime"

type nodeT struct{ next *nodeT }

func clean() { runtime.GC() }

func main() {
	var head *nodeT
	for i := 0; i < 200000; i++ {
		head = &nodeT{head}
	}
	for i := 0; i < 1<<30; i++ {
		clean()
	}
	println(head != nil)
}
