// Run: --memory 64M --disk 1G
// Outcome: oom
// Cause: deleted_files|tmpfs
// Says: delete
package main

import (
	"os"
)

var open []*os.File

func main() {
	chunk := make([]byte, 1<<20)
	for i := 0; ; i++ {
		f, err := os.CreateTemp("", "spool")
		if err != nil {
			panic(err)
		}
		os.Remove(f.Name())
		f.Write(chunk)
		open = append(open, f)
	}
}
