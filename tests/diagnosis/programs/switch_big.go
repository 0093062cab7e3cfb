// Run: --compile-memory 48M
// Outcome: oom|ok|compile_error
// Cause: compile_tool|compile_size|none
// Not: composite literal
package main

import "fmt"

func name(c byte) string {
	switch c {
	case 'a', 'b', 'c', 'd', 'e':
		return "first"
	case 'f', 'g', 'h':
		return "second"
	}
	return "other"
}

func main() { fmt.Println(name('f')) }
