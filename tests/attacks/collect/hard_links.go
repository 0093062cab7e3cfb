// attack: leaves many names of one file
// how: keep
// expect: outcome=ok kept=plain kept=again99
package main

import (
	"fmt"
	"os"
)

func main() {
	os.WriteFile("/work/plain", []byte("x"), 0644)
	for i := 0; i < 100; i++ {
		os.Link("/work/plain", fmt.Sprintf("/work/again%d", i))
	}
}
