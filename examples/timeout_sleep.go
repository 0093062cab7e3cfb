// Sleeping uses no CPU but time all the same: the wall limit ends it.
//
// run: sandbox-run --run-timeout 1s examples/timeout_sleep.go
// outcome: timeout
// exit status: 124
package main

import (
	"fmt"
	"time"
)

func main() {
	fmt.Println("good night")
	time.Sleep(time.Hour)
}
