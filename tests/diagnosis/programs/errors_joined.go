// Run: --memory 64M
// Outcome: oom
// Cause: list_growth|heap_growth|unbounded_append
package main

import "fmt"

func main() {
	var err error
	for i := 0; ; i++ {
		err = fmt.Errorf("attempt %d: %w", i, err)
		if i < 0 {
			fmt.Println(err)
		}
	}
}
