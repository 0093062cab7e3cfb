// Run: --run-timeout 3s
// Outcome: leaked_processes
// Cause: leaked_processes
// Says: &
package main

import "os/exec"

func main() {
	if err := exec.Command("sh", "-c", "sleep 60 >/dev/null 2>&1 &").Run(); err != nil {
		panic(err)
	}
}
