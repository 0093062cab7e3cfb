// attack: leaves a shell command that runs on
// how: run
// expect: outcome=leaked_processes stdout="started"
package main

import (
	"fmt"
	"os/exec"
)

func main() {
	command := exec.Command("/bin/sleep", "1000")
	if command.Start() == nil {
		fmt.Println("started")
	}
}
