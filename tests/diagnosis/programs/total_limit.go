// Run: --run-timeout 8s --total-timeout 2s
// Outcome: timeout
// Cause: busy|endless_loop
// Not: --run-timeout
package main

import "fmt"

func isPrime(n int) bool {
	for d := 2; d < n; d++ {
		if n%d == 0 {
			return false
		}
	}
	return true
}

func main() {
	count := 0
	for n := 2; n < 10_000_000; n++ {
		if isPrime(n) {
			count++
		}
	}
	fmt.Println(count)
}
