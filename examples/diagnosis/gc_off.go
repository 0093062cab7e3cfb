// Garbage alone, but nobody collects it.
//
//	sandbox-run --memory 64M --gogc off --gomemlimit off examples/diagnosis/gc_off.go
//
// Outcome: oom. First hint: gc_off.
package main

var sink []byte

func main() {
	for {
		sink = make([]byte, 64<<10)
		for i := range sink {
			sink[i] = 1
		}
	}
}
