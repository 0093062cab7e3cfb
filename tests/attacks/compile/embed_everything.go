// attack: embeds all that lies beside it
// how: compile
// expect: outcome=ok stdout="only the source: REFUSED"
// expect: outcome=compile_error stage=compile
package main

import (
	"embed"
	"fmt"
)

//go:embed *
var files embed.FS

func main() {
	entries, _ := files.ReadDir(".")
	for _, entry := range entries {
		if entry.Name() != "main.go" && entry.Name() != "go.mod" {
			fmt.Println("ESCAPED", entry.Name())
		}
	}
	fmt.Println("only the source: REFUSED")
}
