// SPDX-License-Identifier: Apache-2.0

// truth: starts processes until it is refused, then fails
package main

import (
	"fmt"
	"os"
	"os/exec"
)

func main() {
	for i := 0; i < 500; i++ {
		if err := exec.Command("/usr/bin/sleep", "600").Start(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
}
