// A program that fails on its own: its exit status is passed on as it is.
//
// run: sandbox-run examples/exited.go
// outcome: exited
// exit status: 3
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "cannot go on")
	os.Exit(3)
}
