// Run: --memory 64M
// Outcome: oom
// Cause: context_growth
// Says: context
package main

import (
	"context"
	"time"
)

type job struct{ id int }

func run(ctx context.Context, j job) error {
	ctx, cancel := context.WithTimeout(ctx, time.Hour)
	_ = cancel
	return step(ctx, j)
}

func step(ctx context.Context, j job) error {
	if j.id < 0 {
		return ctx.Err()
	}
	return nil
}

func main() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	for id := 0; ; id++ {
		if run(ctx, job{id}) != nil {
			return
		}
	}
}
