// Run: --memory 64M
// Outcome: oom
// Cause: context_growth
// Says: context.WithCancel
package main

import "context"

func main() {
	root, stop := context.WithCancel(context.Background())
	defer stop()
	for {
		ctx, _ := context.WithCancel(root)
		if ctx.Err() != nil {
			return
		}
	}
}
