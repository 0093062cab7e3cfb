// attack: lists processes that are not its own
// how: run
// expect: outcome=ok stdout="other processes: REFUSED"
package main

import (
	"fmt"
	"os"
	"strconv"
)

func main() {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		attempt("/proc", err)
		return
	}
	others := 0
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err == nil && pid != os.Getpid() {
			others++
			fmt.Println("sees", pid)
		}
	}
	expect("other processes", others == 0)
}
