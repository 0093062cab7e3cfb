// Recursion without an end.
//
//	sandbox-run --memory 64M examples/diagnosis/recursion.go
//
// Outcome: exited, status 2. First hint: stack_overflow.
package main

type tree struct {
	left, right *tree
}

func (t *tree) depth() int {
	if t == nil {
		return 0
	}
	return 1 + max(t.left.depth(), t.right.depth())
}

func max(a, b int) int {
	if a > b {
		return a
	}
	return b
}

func main() {
	loop := &tree{}
	loop.left = loop
	println(loop.depth())
}
