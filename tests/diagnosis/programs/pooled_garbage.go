// Run: --memory 96M --gomemlimit off --run-timeout 20s
// Outcome: oom
// Cause: no_memory_limit
// Not: most of it was in use
package main

import "crypto/sha256"

type frame struct {
	pixels []byte
	id     int
}

func render(id int) *frame {
	f := &frame{pixels: make([]byte, 24<<20), id: id}
	for i := 0; i < len(f.pixels); i += 512 {
		f.pixels[i] = byte(id + i)
	}
	return f
}

func digest(f *frame) [32]byte { return sha256.Sum256(f.pixels[:1<<16]) }

func main() {
	var last [32]byte
	for id := 0; id < 400; id++ {
		d := digest(render(id))
		if d == last {
			panic("same")
		}
		last = d
	}
}
