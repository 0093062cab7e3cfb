// Outcome: compile_error
// Cause: none
// Not: memory
package main

import (
	"fmt"
	"os"
)

func main() { fmt.Println("hello") }
