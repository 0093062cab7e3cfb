// Run: --run-timeout 2s
// Outcome: exited
// Cause: deadlock|nil_channel
// Says: nil
package main

import "fmt"

type bus struct{ events chan string }

func main() {
	var b bus
	go fmt.Println("started")
	b.events <- "hello"
}
