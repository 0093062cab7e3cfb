// Run: --memory 64M
// Outcome: oom|timeout
// Cause: map_growth
// Says: c.entries
// Not: from which nothing is deleted
package main

import "strconv"

type cacheT struct {
	entries map[string][]byte
	order   []string
	max     int
}

func (c *cacheT) put(k string, v []byte) {
	if len(c.order) >= c.max {
		delete(c.entries, c.order[0])
		c.order = c.order[1:]
	}
	c.entries[k] = v
	c.order = append(c.order, k)
}

func main() {
	c := &cacheT{entries: map[string][]byte{}, max: 5000}
	for i := 0; ; i++ {
		c.put(strconv.Itoa(i), make([]byte, 32<<10))
	}
}
