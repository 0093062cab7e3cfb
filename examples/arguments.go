// Arguments stand behind "--", variables behind --env.
//
// run: sandbox-run --env GREETING=hello examples/arguments.go -- one two
// outcome: ok
// exit status: 0
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println(os.Getenv("GREETING"), os.Args[1:])
}
