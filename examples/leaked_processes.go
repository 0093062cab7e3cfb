// Starts three sleepers, one more in a session of its own, and exits 0 without waiting for any of
// them. They are listed, killed, and do not delay the answer.
//
// run: sandbox-run examples/leaked_processes.go
// outcome: leaked_processes
// exit status: 121
package main

import (
	"fmt"
	"os/exec"
	"syscall"
)

func main() {
	for i := 0; i < 3; i++ {
		start(exec.Command("sleep", "1000"))
	}
	apart := exec.Command("sleep", "2000")
	apart.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	start(apart)
	fmt.Println("done, as far as I am concerned")
}

func start(command *exec.Cmd) {
	if err := command.Start(); err != nil {
		panic(err)
	}
}
