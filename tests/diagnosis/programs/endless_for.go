// Run: --run-timeout 1s
// Outcome: timeout
// Cause: endless_loop
// Not: or more time
package main

var ready bool

func main() {
	n := 0
	for {
		n++
		if ready {
			n--
		}
	}
}
