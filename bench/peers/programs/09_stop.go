// SPDX-License-Identifier: Apache-2.0

// truth: stops itself with SIGSTOP
package main

import (
	"os"
	"syscall"
	"time"
)

func main() {
	syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	time.Sleep(time.Hour)
}
