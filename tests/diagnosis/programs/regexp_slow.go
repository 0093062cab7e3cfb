// Run: --run-timeout 1s
// Outcome: timeout
// Cause: busy
// Says: regexp
package main

import (
	"fmt"
	"regexp"
	"strings"
)

func main() {
	text := strings.Repeat("a", 1<<20)
	count := 0
	for i := 0; i < 1000; i++ {
		re := regexp.MustCompile(fmt.Sprintf("(a*)*b%d", i))
		if re.MatchString(text) {
			count++
		}
	}
	fmt.Println(count)
}
