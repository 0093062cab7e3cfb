// Run: --memory 48M --run-timeout 6s
// Outcome: oom|timeout
// Cause: string_concat|busy
// Says: string_plus_loop.go
// Not: slice
package main

import "fmt"

type report struct{ body string }

func (r *report) add(format string, args ...any) { r.body += fmt.Sprintf(format, args...) }

func main() {
	r := &report{}
	for i := 0; ; i++ {
		r.add("line %d: %0500d\n", i, i)
	}
}
