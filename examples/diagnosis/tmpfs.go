// Fills /tmp, which is memory.
//
//	sandbox-run --memory 48M --disk 64M examples/diagnosis/tmpfs.go
//
// Outcome: oom. First hint: tmpfs.
package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	chunk := make([]byte, 1<<20)
	for i := 0; i < 60; i++ {
		if err := os.WriteFile(fmt.Sprintf("/tmp/log.%d", i), chunk, 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
