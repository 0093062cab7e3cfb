// Run: --memory 64M
// Outcome: oom
// Cause: big_allocation|heap_growth|unbounded_append
// Says: matrix_many.go:10
package main

func grid(n int) [][]int64 {
	g := make([][]int64, n)
	for i := range g {
		g[i] = make([]int64, n)
		for j := range g[i] {
			g[i][j] = int64(i ^ j)
		}
	}
	return g
}

func main() {
	g := grid(6000)
	println(g[3][4])
}
