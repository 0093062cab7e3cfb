// Run: --run-timeout 1s
// Outcome: timeout
// Cause: endless_loop|busy
// Not: or more time
package main

import "fmt"

func main() {
	i := 0
	for i < 10 {
		i := i + 1
		if i > 100 {
			fmt.Println(i)
		}
	}
}
