// Run: --memory 64M
// Outcome: oom
// Cause: buffer_growth
// Says: strings.Builder
// Not: slice appended
package main

import (
	"fmt"
	"strings"
)

func main() {
	var out strings.Builder
	for i := 0; ; i++ {
		out.WriteString(fmt.Sprintf("line %d of the report\n", i))
	}
}
