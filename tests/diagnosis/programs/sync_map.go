// Run: --memory 64M
// Outcome: oom
// Cause: map_growth
// Says: sync.Map
// Not: slice appended
package main

import (
	"fmt"
	"sync"
)

var seen sync.Map

func main() {
	for i := 0; ; i++ {
		seen.Store(fmt.Sprintf("key-%09d", i), make([]byte, 256))
	}
}
