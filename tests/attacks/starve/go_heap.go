// attack: grows a slice until memory ends
// how: run
// flags: --memory 64M
// expect: outcome=oom
package main

import "fmt"

func main() {
	var blocks [][]byte
	for i := 0; i < 3*64; i++ {
		block := make([]byte, 1<<20)
		for j := 0; j < len(block); j += 4096 {
			block[j] = 1
		}
		blocks = append(blocks, block)
	}
	fmt.Println("ESCAPED", len(blocks))
}
