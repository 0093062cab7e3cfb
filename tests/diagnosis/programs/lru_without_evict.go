// Run: --memory 64M
// Outcome: oom
// Cause: list_growth|map_growth
// Not: GOMEMLIMIT was off
package main

import "container/list"

type cache struct {
	order *list.List
	index map[int]*list.Element
}

func (c *cache) add(key int, value []byte) {
	c.index[key] = c.order.PushFront(value)
}

func main() {
	c := &cache{order: list.New(), index: map[int]*list.Element{}}
	for i := 0; ; i++ {
		c.add(i, make([]byte, 4096))
	}
}
