// A cache without a bound: entries are added and never removed.
//
//	sandbox-run --memory 64M examples/diagnosis/map_cache.go
//
// Outcome: oom. First hint: map_growth.
package main

import (
	"bytes"
	"strconv"
	"time"
)

type cache struct {
	pages map[string][]byte
}

func (c *cache) render(path string) []byte {
	if page, ok := c.pages[path]; ok {
		return page
	}
	page := bytes.Repeat([]byte(path), 100)
	c.pages[path] = page
	return page
}

func main() {
	c := &cache{pages: map[string][]byte{}}
	for user := 0; ; user++ {
		c.render("/user/" + strconv.Itoa(user))
		if user%256 == 0 {
			time.Sleep(time.Millisecond) // until more users come
		}
	}
}
