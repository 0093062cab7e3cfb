// Run: --memory 64M
// Outcome: oom
// Cause: map_growth
// Says: memo
package main

import "strings"

var memo = map[int]string{}

func render(n int) string {
	if s, ok := memo[n]; ok {
		return s
	}
	s := strings.Repeat("#", 100+n%400)
	memo[n] = s
	return s
}

func main() {
	total := 0
	for i := 0; i < 1<<30; i++ {
		total += len(render(i))
	}
	println(total)
}
