// A busy loop. At the wall limit the program gets SIGQUIT, so that Go prints its goroutines, and
// after a short grace SIGKILL.
//
// run: sandbox-run --run-timeout 1s examples/timeout.go
// outcome: timeout
// exit status: 124
package main

import "fmt"

func main() {
	fmt.Println("counting to infinity")
	for n := 0; ; n++ {
	}
}
