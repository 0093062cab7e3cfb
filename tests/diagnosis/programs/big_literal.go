// Run: --memory 32M
// Outcome: oom
// Cause: big_allocation|heap_growth|memory|unbounded_append
// Says: big_literal.go:10
package main

type pixel struct{ r, g, b, a float64 }

func canvas(w, h int) []pixel {
	c := make([]pixel, w*h)
	for i := range c {
		c[i].a = 1
	}
	return c
}

func main() {
	c := canvas(2000, 2000)
	println(len(c))
}
