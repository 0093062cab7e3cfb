// Run: --run-timeout 1s
// Outcome: timeout
// Cause: blocked|sleeping
// Says: sleep
package main

import (
	"fmt"
	"time"
)

func retry(n int) error {
	time.Sleep(time.Duration(n) * time.Minute)
	return nil
}

func main() { fmt.Println(retry(5)) }
