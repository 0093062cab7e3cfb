// The smallest program: compiled, run, ended normally.
//
// run: sandbox-run examples/hello.go
// outcome: ok
// exit status: 0
package main

import "fmt"

func main() {
	fmt.Println("Hello from inside the sandbox.")
}
