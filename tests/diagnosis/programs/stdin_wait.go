// Run: --run-timeout 1s
// Outcome: timeout|ok
// Cause: waits_for_input|none
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	s := bufio.NewScanner(os.Stdin)
	for s.Scan() {
		fmt.Println(s.Text())
	}
}
