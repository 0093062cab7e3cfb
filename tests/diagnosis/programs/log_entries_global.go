// Run: --memory 48M
// Outcome: oom
// Cause: unbounded_append
// Says: entries
package main

import (
	"fmt"
	"sync"
)

var (
	mu      sync.Mutex
	entries []string
)

func logf(format string, args ...any) {
	mu.Lock()
	defer mu.Unlock()
	entries = append(entries, fmt.Sprintf(format, args...))
}

func main() {
	for i := 0; ; i++ {
		logf("processed item %d in %d ms", i, i%17)
	}
}
