// SPDX-License-Identifier: Apache-2.0

// truth: writes to stdout for ever
package main

import "os"

func main() {
	line := make([]byte, 1<<16)
	for {
		os.Stdout.Write(line)
	}
}
