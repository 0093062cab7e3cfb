// SPDX-License-Identifier: Apache-2.0

// truth: exits 0 and leaves a process that holds stdout open
package main

import (
	"os"
	"os/exec"
	"syscall"
)

func main() {
	child := exec.Command("/usr/bin/sleep", "600")
	child.Stdout = os.Stdout
	child.Stderr = os.Stderr
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := child.Start(); err != nil {
		panic(err)
	}
}
