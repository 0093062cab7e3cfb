// Run: --memory 64M
// Outcome: oom|exited|timeout
// Cause: heap_growth|stack_overflow|unbounded_append|big_allocation
// Says: recursion_with_slices.go
package main

func explore(path []int, depth int) int {
	next := make([]int, len(path)+1)
	copy(next, path)
	next[len(path)] = depth
	return explore(next, depth+1) + 1
}

func main() { println(explore(nil, 0)) }
