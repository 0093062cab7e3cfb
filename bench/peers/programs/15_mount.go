// SPDX-License-Identifier: Apache-2.0

// truth: calls mount(2), and goes on when it is refused
package main

import (
	"os"
	"syscall"
)

func main() {
	if err := syscall.Mount("none", "/tmp", "tmpfs", 0, ""); err != nil {
		println("mount:", err.Error())
		return
	}
	println("mounted")
	os.Exit(1)
}
