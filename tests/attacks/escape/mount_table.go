// attack: learns the host's layout from its mount table
// how: run
// expect: outcome=ok stdout="old root: REFUSED" stdout="host file systems: REFUSED"
package main

import (
	"fmt"
	"os"
	"strings"
)

func main() {
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		fmt.Println(err)
		return
	}
	hosts := 0
	for _, line := range strings.Split(strings.TrimSpace(string(table)), "\n") {
		fields := strings.Fields(line)
		if strings.HasPrefix(fields[4], "/sys") || strings.Contains(line, " - cgroup") || strings.Contains(line, " - devpts") {
			hosts++
			fmt.Println(line)
		}
		if fields[4] == "/" {
			expect("old root", strings.Contains(line, " - tmpfs "))
		}
	}
	expect("host file systems", hosts == 0)
}
