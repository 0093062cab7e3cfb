// Run: --memory 64M
// Outcome: oom
// Cause: context_growth|list_growth|heap_growth
// Says: ctx_chain.go:14
package main

import "context"

type key int

func main() {
	ctx := context.Background()
	for i := 0; ; i++ {
		ctx = context.WithValue(ctx, key(i%10), make([]byte, 100))
		if ctx.Value(key(3)) == nil && i > 1<<30 {
			return
		}
	}
}
