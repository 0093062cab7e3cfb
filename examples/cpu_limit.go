// The CPU limit counts what all processes of the run use together, those that have ended included:
// here one child after another works for a moment and leaves.
//
// run: sandbox-run --cpu-time 500ms examples/cpu_limit.go
// outcome: timeout
// exit status: 124
package main

import (
	"os"
	"os/exec"
	"time"
)

func main() {
	if len(os.Args) > 1 {
		for start := time.Now(); time.Since(start) < 50*time.Millisecond; {
		}
		return
	}
	for {
		if err := exec.Command("/proc/self/exe", "work").Run(); err != nil {
			panic(err)
		}
	}
}
