// Outcome: exited
// Cause: none
// Not: memory
package main

import "os"

func main() { os.Exit(3) }
