// Run: --memory 32M --run-timeout 6s
// Outcome: oom|timeout
// Cause: string_concat|heap_growth|busy
// Not: slice appended
package main

import "fmt"

func main() {
	s := ""
	for i := 0; i < 1<<28; i++ {
		s += fmt.Sprintf("item %d and some more text to make it long, long, long, long, long;", i)
	}
	fmt.Println(len(s))
}
