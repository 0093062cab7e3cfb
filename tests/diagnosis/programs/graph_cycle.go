// Run: --memory 64M
// Outcome: exited|oom
// Cause: stack_overflow
// Says: graph_cycle.go
package main

type node struct {
	name  string
	edges []*node
}

func depth(n *node) int {
	most := 0
	for _, e := range n.edges {
		if d := depth(e); d > most {
			most = d
		}
	}
	return most + 1
}

func main() {
	a, b := &node{name: "a"}, &node{name: "b"}
	a.edges = []*node{b}
	b.edges = []*node{a}
	println(depth(a))
}
