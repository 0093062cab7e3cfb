// Run: --memory 256M
// Outcome: exited
// Cause: stack_overflow
// Not: heap
package main

type node struct{ next *node }

func (n *node) length() int {
	if n == nil {
		return 0
	}
	return 1 + n.next.length()
}

func main() {
	first := &node{}
	first.next = first
	println(first.length())
}
