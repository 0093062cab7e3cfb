// Run: --memory 64M --gomemlimit off
// Outcome: oom
// Cause: no_memory_limit
// Not: which no GOGC
// Not: only grows
package main

import "fmt"

type frame struct{ pixels []byte }

func decode(n int) *frame {
	f := &frame{pixels: make([]byte, n<<20)}
	for i := range f.pixels {
		f.pixels[i] = byte(i)
	}
	return f
}

func main() {
	sum := 0
	for round := 0; round < 6; round++ {
		big := decode(40)
		sum += len(big.pixels)
		big = nil
		small := decode(4)
		sum += len(small.pixels)
	}
	fmt.Println(sum)
}
