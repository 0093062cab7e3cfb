// Run: --memory 64M
// Outcome: oom
// Cause: map_growth|buffer_growth
// Says: builders
// Not: slice
package main

import (
	"strconv"
	"strings"
)

var builders = map[string]*strings.Builder{}

func line(user, text string) {
	b, ok := builders[user]
	if !ok {
		b = new(strings.Builder)
		builders[user] = b
	}
	b.WriteString(text)
}

func main() {
	for i := 0; ; i++ {
		line("user"+strconv.Itoa(i%200000), strings.Repeat("x", 100))
	}
}
