// Run: --memory 64M
// Outcome: oom
// Cause: map_growth
// Says: c.m
// Not: bytes.Buffer
// Not: slice appended
package main

import (
	"bytes"
	"fmt"
)

type cache struct{ m map[string]string }

func (c *cache) put(id, s string) { c.m[id] = s }

func page(i int) string {
	var b bytes.Buffer
	for j := 0; j < 40; j++ {
		fmt.Fprintf(&b, "<li>%d-%d</li>", i, j)
	}
	return b.String()
}

func main() {
	c := &cache{m: map[string]string{}}
	for i := 0; ; i++ {
		c.put(fmt.Sprint("u", i), page(i))
	}
}
