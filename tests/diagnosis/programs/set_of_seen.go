// Run: --memory 64M
// Outcome: oom
// Cause: map_growth
// Says: seen
package main

import (
	"crypto/sha256"
	"fmt"
)

type dedup struct{ seen map[[32]byte]struct{} }

func (d *dedup) first(text string) bool {
	sum := sha256.Sum256([]byte(text))
	if _, ok := d.seen[sum]; ok {
		return false
	}
	d.seen[sum] = struct{}{}
	return true
}

func main() {
	d := &dedup{seen: make(map[[32]byte]struct{})}
	for i := 0; d.first(fmt.Sprint("line", i)); i++ {
	}
}
