// Run: --run-timeout 1s
// Outcome: exited|timeout
// Cause: deadlock|blocked
// Says: context_never_done.go:9
package main

import "context"

func wait(ctx context.Context) { <-ctx.Done() }

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	wait(ctx)
}
