// Run: --memory 64M --disk 40M
// Outcome: oom
// Cause: unbounded_append|read_all|buffer_growth|tmpfs
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	f, err := os.Create("/tmp/big.txt")
	if err != nil {
		panic(err)
	}
	w := bufio.NewWriter(f)
	for i := 0; i < 400_000; i++ {
		fmt.Fprintf(w, "line %d with some words on it\n", i)
	}
	w.Flush()
	f.Seek(0, 0)
	var lines []string
	for s := bufio.NewScanner(f); s.Scan(); {
		lines = append(lines, s.Text())
		lines = append(lines, s.Text())
	}
	fmt.Println(len(lines))
}
