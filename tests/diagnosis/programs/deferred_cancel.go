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

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cmd := exec.CommandContext(ctx, "sleep", "60")
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	os.Exit(0)
}
