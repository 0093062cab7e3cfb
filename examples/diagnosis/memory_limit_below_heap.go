// The live heap is larger than GOMEMLIMIT: the collector never rests.
//
//	sandbox-run --gomemlimit 32M --run-timeout 3s examples/diagnosis/memory_limit_below_heap.go
//
// Outcome: timeout. First hint: memory_limit_below_heap.
package main

type node struct {
	next *node
	body [56]byte
}

func main() {
	var list *node
	for i := 0; i < 600_000; i++ {
		list = &node{next: list}
		list.body[0] = 1
	}
	for {
		garbage := make([]*node, 1000)
		for i := range garbage {
			garbage[i] = &node{next: list}
		}
	}
}
