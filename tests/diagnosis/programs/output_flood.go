// Run: --output 64K
// Outcome: output_limit
// Cause: output
package main

import "fmt"

func main() {
	for i := 0; ; i++ {
		fmt.Println("still here", i)
	}
}
