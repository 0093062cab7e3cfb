// attack: prints without end
// how: run
// expect: outcome=output_limit
package main

import (
	"fmt"
	"strings"
)

func main() {
	for i := 0; ; i++ {
		fmt.Println("line", i, strings.Repeat("x", 1000))
	}
}
