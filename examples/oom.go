// Appends without end. The garbage collector cannot help, because everything stays reachable; at
// the memory limit the kernel kills the process.
//
// run: sandbox-run --memory 64M examples/oom.go
// outcome: oom
// exit status: 137
package main

func main() {
	var kept [][]byte
	for {
		block := make([]byte, 1<<20)
		for i := 0; i < len(block); i += 4096 {
			block[i] = 1 // memory counts once it is touched
		}
		kept = append(kept, block)
	}
}
