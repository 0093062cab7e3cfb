// SPDX-License-Identifier: Apache-2.0

// truth: fills /tmp
package main

import (
	"fmt"
	"os"
)

func main() {
	file, err := os.Create("/tmp/fill")
	piece := make([]byte, 1<<20)
	for err == nil {
		_, err = file.Write(piece)
	}
	fmt.Println(err)
	os.Exit(1)
}
