// Run: --memory 80M
// Outcome: oom
// Cause: big_allocation
// Not: 100 %
package main

import "fmt"

var names []string

var table []int64

func main() {
	for i := 0; i < 2000; i++ {
		names = append(names, fmt.Sprintf("name-%08d", i))
	}
	table = make([]int64, 8<<20)
	for i := range table {
		table[i] = int64(i)
	}
	other := make([]int64, 8<<20)
	for i := range other {
		other[i] = table[i]
	}
	fmt.Println(len(names), len(table), len(other))
}
