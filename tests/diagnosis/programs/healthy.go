// Run:
// Outcome: ok
// Cause: none
package main

import (
	"fmt"
	"strings"
)

func main() { fmt.Println(strings.ToUpper("fine")) }
