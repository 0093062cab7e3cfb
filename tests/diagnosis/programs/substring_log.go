// Run: --memory 64M
// Outcome: oom
// Cause: slice_retention
// Says: substring_log.go
package main

import (
	"fmt"
	"strings"
)

type entry struct{ level string }

type journal struct{ entries []entry }

func (j *journal) ingest(line string) {
	fields := strings.SplitN(line, " ", 3)
	j.entries = append(j.entries, entry{level: fields[1]})
}

func main() {
	j := &journal{}
	for i := 0; ; i++ {
		j.ingest(fmt.Sprintf("%d INFO %s", i, strings.Repeat("payload ", 500)))
	}
}
