// Run: --run-timeout 1s
// Outcome: timeout
// Cause: waits_for_child
// Not: deadlock
package main

import (
	"fmt"
	"os/exec"
)

func main() {
	out, err := exec.Command("sleep", "30").CombinedOutput()
	fmt.Println(string(out), err)
}
