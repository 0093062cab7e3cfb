// attack: embeds /etc/passwd
// how: compile
// expect: outcome=compile_error stage=compile stderr=pattern
package main

import (
	_ "embed"
	"fmt"
)

//go:embed /etc/passwd
var stolen string

func main() { fmt.Println("ESCAPED", stolen) }
