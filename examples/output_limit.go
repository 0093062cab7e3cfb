// Prints without end. What fits under the cap is returned, the rest is not kept by anybody, and the
// run ends there.
//
// run: sandbox-run --output 64K examples/output_limit.go
// outcome: output_limit
// exit status: 122
package main

import "fmt"

func main() {
	for line := 1; ; line++ {
		fmt.Println("line", line, "of infinitely many")
	}
}
