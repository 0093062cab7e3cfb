// A helper process is started with its end of a pipe, and forgotten.
//
//	sandbox-run examples/diagnosis/leaked_pipeline.go
//
// Outcome: leaked_processes. First hint: leaked_processes.
package main

import (
	"fmt"
	"os/exec"
)

func main() {
	helper := exec.Command("sleep", "1000")
	input, err := helper.StdinPipe()
	if err == nil {
		err = helper.Start()
	}
	fmt.Println("started", input != nil, err)
}
