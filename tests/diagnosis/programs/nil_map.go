// Run:
// Outcome: exited
// Cause: panic|nil_map
// Says: nil map
package main

var counts map[string]int

func main() {
	counts["a"]++
}
