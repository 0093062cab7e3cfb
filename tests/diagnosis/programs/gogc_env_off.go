// Run: --memory 64M --gogc off --gomemlimit off
// Outcome: oom
// Cause: gc_off
// Says: GOGC=off
package main

import "fmt"

func main() {
	n := 0
	for i := 0; i < 1<<30; i++ {
		n += len(fmt.Sprint("text", i))
	}
	fmt.Println(n)
}
