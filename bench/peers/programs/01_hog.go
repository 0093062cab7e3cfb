// SPDX-License-Identifier: Apache-2.0

// truth: out of memory
package main

func main() {
	var kept [][]byte
	for {
		piece := make([]byte, 1<<20)
		for i := range piece {
			piece[i] = 1
		}
		kept = append(kept, piece)
	}
}
