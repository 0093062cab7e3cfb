// SPDX-License-Identifier: Apache-2.0

// truth: kills itself with SIGKILL; no memory
package main

import (
	"os"
	"syscall"
	"time"
)

func main() {
	syscall.Kill(os.Getpid(), syscall.SIGKILL)
	time.Sleep(time.Second)
	os.Exit(9)
}
