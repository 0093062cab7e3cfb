// SPDX-License-Identifier: Apache-2.0

// truth: exits 0 and leaves a process in a session of its own
package main

import (
	"os/exec"
	"syscall"
)

func main() {
	child := exec.Command("/usr/bin/sleep", "600")
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := child.Start(); err != nil {
		panic(err)
	}
}
