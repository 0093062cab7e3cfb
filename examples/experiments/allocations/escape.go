package main

// Functions to ask the compiler about: go tool compile -m -m escape.go says of each value whether it
// escapes to the heap, and main.go counts what that costs.

type point struct{ x, y, z int }

//go:noinline
func byValue(i int) point { return point{i, i, i} }

//go:noinline
func byPointer(i int) *point { return &point{i, i, i} }

//go:noinline
func boxed(i int) any { return i }

//go:noinline
func closure(i int) func() int { return func() int { i++; return i } }

//go:noinline
func descend(levels int) int {
	if levels == 0 {
		return 0
	}
	return 1 + descend(levels-1)
}

//go:noinline
func descendWide(levels int) int {
	var frame [512]int
	frame[levels%512] = levels
	if levels == 0 {
		return 0
	}
	return frame[levels%512] - levels + 1 + descendWide(levels-1)
}
