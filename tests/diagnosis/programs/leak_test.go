// Form: test
// Run: --memory 64M
// Outcome: oom|timeout
// Cause: map_growth|unbounded_append
// Says: cache
package shop

import (
	"fmt"
	"testing"
)

var cache = map[string][]byte{}

func lookup(k string) []byte {
	if v, ok := cache[k]; ok {
		return v
	}
	v := make([]byte, 8192)
	for i := range v {
		v[i] = 1
	}
	cache[k] = v
	return v
}

func TestLookup(t *testing.T) {
	for i := 0; ; i++ {
		if len(lookup(fmt.Sprint(i))) == 0 {
			t.Fatal("empty")
		}
	}
}
