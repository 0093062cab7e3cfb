// Garbage alone, but nobody collects it: where somebody does, it ends well.
//
//	sandbox-run --memory 64M --gogc off --gomemlimit off examples/diagnosis/gc_off.go
//
// Outcome: oom. First hint: gc_off.
package main

import "time"

var sink []byte

func main() {
	for n := 0; n < 4096; n++ { // 256 MiB in all
		sink = make([]byte, 64<<10)
		for i := range sink {
			sink[i] = 1
		}
		if n%16 == 0 {
			time.Sleep(5 * time.Millisecond)
		}
	}
}
