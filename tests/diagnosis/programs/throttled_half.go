// Run: --run-timeout 1s --cpus 0.2
// Outcome: timeout
// Cause: throttled
package main

import (
	"crypto/sha256"
	"fmt"
)

func main() {
	sum := sha256.Sum256([]byte("seed"))
	for i := 0; i < 4_000_000; i++ {
		sum = sha256.Sum256(sum[:])
	}
	fmt.Printf("%x\n", sum)
}
