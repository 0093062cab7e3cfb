// Run: --memory 64M --disk 1G
// Outcome: oom
// Cause: tmpfs
package main

import (
	"fmt"
	"os"
)

func main() {
	page := make([]byte, 256<<10)
	for i := 0; ; i++ {
		if err := os.WriteFile(fmt.Sprintf("/tmp/part-%d", i), page, 0o600); err != nil {
			panic(err)
		}
	}
}
