// SPDX-License-Identifier: Apache-2.0

// truth: out of memory, in a child; the parent exits 0
package main

import (
	"os"
	"os/exec"
)

func main() {
	if len(os.Args) == 1 {
		exec.Command("/proc/self/exe", "child").Run()
		return
	}
	var kept [][]byte
	for {
		piece := make([]byte, 1<<20)
		for i := range piece {
			piece[i] = 1
		}
		kept = append(kept, piece)
	}
}
