// Run: --memory 128M
// Outcome: oom
// Cause: goroutine_leak|context_growth
// Says: goroutines
package main

import (
	"context"
	"time"
)

type job struct{ payload []byte }

func process(ctx context.Context, j *job) {
	<-ctx.Done()
	j.payload[0]++
}

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for i := 0; i < 1000000; i++ {
		j := &job{payload: make([]byte, 100<<10)}
		j.payload[5] = 3
		go process(ctx, j)
		if i%100 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}
