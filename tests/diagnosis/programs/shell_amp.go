// Run: --run-timeout 3s
// Outcome: leaked_processes
// Cause: leaked_processes
// Says: &
package main

import (
	"fmt"
	"os/exec"
)

func start(line string) error { return exec.Command("/bin/sh", "-c", line).Run() }

func main() {
	if err := start("sleep 60 & echo started"); err != nil {
		panic(err)
	}
	fmt.Println("up")
}
