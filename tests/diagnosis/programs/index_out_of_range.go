// Run:
// Outcome: exited
// Cause: index_out_of_range
// Says: index_out_of_range.go:7
package main

func last(list []int) int { return list[len(list)] }

func main() { println(last([]int{1, 2})) }
