// attack: leaves a core dump, or makes the host's handler run
// how: run
// expect: outcome=signaled signal=SIGABRT
// because: the core size limit is 0, and the pipe handler does not run for it
package main

import "runtime/debug"

func main() {
	debug.SetTraceback("crash")
	panic("on purpose")
}
