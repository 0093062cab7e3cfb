// Run: --memory 64M
// Outcome: oom
// Cause: buffer_growth
// Says: bytes.Buffer
// Not: slice appended
package main

import (
	"bytes"
	"log"
)

type sink struct{ buf bytes.Buffer }

func main() {
	s := &sink{}
	l := log.New(&s.buf, "app ", log.LstdFlags)
	for i := 0; ; i++ {
		l.Printf("request %d handled", i)
	}
}
