// Run: --pids 24
// Outcome: pids_limit|exited
// Cause: processes
package main

import "os/exec"

func main() {
	for i := 0; i < 100; i++ {
		if err := exec.Command("sleep", "5").Start(); err != nil {
			panic(err)
		}
	}
}
