// Needs a second of CPU time, and is given a tenth of a CPU.
//
//	sandbox-run --cpus 0.1 --compile-timeout 20s --run-timeout 1s examples/diagnosis/throttled.go
//
// Outcome: timeout. First hint: throttled.
package main

func work() (sum uint64) {
	for i := uint64(0); i < 2_000_000_000; i++ {
		sum += i * i
	}
	return sum
}

func main() {
	println(work())
}
