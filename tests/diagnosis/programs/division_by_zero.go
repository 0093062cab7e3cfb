// Outcome: exited
// Cause: panic
// Not: out of memory
package main

import (
	"fmt"
	"os"
)

func average(total, count int) int { return total / count }

func main() { fmt.Println(average(10, len(os.Args)-1)) }
