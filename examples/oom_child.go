// A child eats the memory and is killed for it; the main process survives and exits 0. That is "oom"
// all the same: the kernel's counter decides, not the exit status.
//
// run: sandbox-run --memory 64M examples/oom_child.go
// outcome: oom
// exit status: 137
package main

import (
	"fmt"
	"os"
	"os/exec"
)

func main() {
	if len(os.Args) > 1 {
		eat()
	}
	child := exec.Command("/proc/self/exe", "eat")
	fmt.Println("the child ended:", child.Run())
}

func eat() {
	var kept [][]byte
	for {
		block := make([]byte, 1<<20)
		for i := 0; i < len(block); i += 4096 {
			block[i] = 1
		}
		kept = append(kept, block)
	}
}
