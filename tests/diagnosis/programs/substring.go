// Run: --memory 64M
// Outcome: oom
// Cause: slice_retention
// Says: prefix
package main

import (
	"fmt"
	"strings"
)

type index struct{ prefixes []string }

func load(i int) string { return fmt.Sprint(i, strings.Repeat("abc", 4000)) }

func main() {
	ix := &index{}
	for i := 0; ; i++ {
		body := load(i)
		ix.prefixes = append(ix.prefixes, body[:8])
	}
}
