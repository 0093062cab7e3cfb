// Run: --run-timeout 1s
// Outcome: timeout
// Cause: endless_loop|busy
// Not: deadlock
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	in := bufio.NewReader(os.Stdin)
	for {
		line, _ := in.ReadString('\n')
		if line == "quit\n" {
			break
		}
		fmt.Print(line)
	}
}
