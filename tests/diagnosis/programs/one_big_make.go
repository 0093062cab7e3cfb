// Run: --memory 64M
// Outcome: oom
// Cause: big_allocation
// Says: one_big_make.go:11
package main

import "fmt"

func matrix(n int) [][]float64 {
	m := make([][]float64, n)
	cells := make([]float64, n*n)
	for i := range m {
		m[i] = cells[i*n : (i+1)*n]
		for j := range m[i] {
			m[i][j] = float64(i * j)
		}
	}
	return m
}

func main() {
	m := matrix(4000)
	fmt.Println(m[17][3])
}
