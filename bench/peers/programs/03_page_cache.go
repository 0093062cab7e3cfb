// SPDX-License-Identifier: Apache-2.0

// truth: ok: reads more than its memory, all of it page cache
package main

import (
	"io"
	"os"
	"path/filepath"
)

func main() {
	left := int64(100 << 20)
	filepath.Walk("/usr/lib", func(path string, info os.FileInfo, err error) error {
		if err != nil || !info.Mode().IsRegular() || left <= 0 {
			return nil
		}
		if file, err := os.Open(path); err == nil {
			n, _ := io.Copy(io.Discard, file)
			left -= n
			file.Close()
		}
		return nil
	})
	println("done")
}
