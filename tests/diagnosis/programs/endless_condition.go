// Run: --run-timeout 1s
// Outcome: timeout
// Cause: endless_loop
// Says: endless_condition.go:12
// Not: or more time
package main

import "fmt"

func find(list []int, want int) int {
	i := 0
	for i < len(list) {
		if list[i] == want {
			return i
		}
	}
	return -1
}

func main() { fmt.Println(find([]int{1, 2, 3}, 2)) }
