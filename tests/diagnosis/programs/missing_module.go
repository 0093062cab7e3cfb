// Run: --modules off
// Outcome: compile_error|fetch_error
// Cause: module_missing
// Says: github.com/nobody/nothing
package main

import (
	"fmt"

	"github.com/nobody/nothing/pkg/thing"
)

func main() { fmt.Println(thing.Name) }
