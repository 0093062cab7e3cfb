// Run: --run-timeout 3s
// Outcome: leaked_processes|exited
// Cause: leaked_processes
// Says: os.Exit
package main

import (
	"context"
	"os"
	"os/exec"
)

func run() int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cmd := exec.CommandContext(ctx, "sleep", "60")
	if err := cmd.Start(); err != nil {
		return 1
	}
	finish(0)
	return 0
}

func finish(code int) { os.Exit(code) }

func main() { os.Exit(run()) }
