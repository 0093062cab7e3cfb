// Run: --memory 64M
// Outcome: oom
// Cause: buffer_growth
// Says: bytes.Buffer
// Not: slice
package main

import (
	"bytes"
	"fmt"
)

type recorder struct {
	out   bytes.Buffer
	count int
}

func (r *recorder) Record(kind string, values ...int) {
	r.count++
	fmt.Fprintf(&r.out, "%d %s", r.count, kind)
	for _, v := range values {
		fmt.Fprintf(&r.out, " %d", v)
	}
	r.out.WriteByte('\n')
}

func main() {
	r := &recorder{}
	for i := 0; ; i++ {
		r.Record("tick", i, i*i, i%7)
	}
}
