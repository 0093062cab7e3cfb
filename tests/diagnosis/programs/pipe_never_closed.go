// Run: --run-timeout 1s
// Outcome: timeout|exited
// Cause: blocked|deadlock
// Says: pipe_never_closed.go:18
package main

import (
	"fmt"
	"io"
)

func main() {
	r, w := io.Pipe()
	go func() {
		fmt.Fprintln(w, "one")
		fmt.Fprintln(w, "two")
	}()
	all, err := io.ReadAll(r)
	fmt.Println(len(all), err)
}
