// attack: embeds /proc/self/environ
// how: compile
// expect: outcome=compile_error stage=compile stderr=pattern
package main

import (
	_ "embed"
	"fmt"
)

//go:embed /proc/self/environ
var stolen string

func main() { fmt.Println("ESCAPED", stolen) }
