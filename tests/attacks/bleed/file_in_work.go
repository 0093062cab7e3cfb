// attack: leaves a file in /work
// how: pair
// expect: outcome=ok stdout="/work/gobox-attack: REFUSED"
package main

import (
	"fmt"
	"os"
)

func main() {
	if os.Args[1] == "leave" {
		os.WriteFile("/work/gobox-attack", []byte("secret"), 0666)
		fmt.Println("LEFT")
		return
	}
	_, err := os.Stat("/work/gobox-attack")
	attempt("/work/gobox-attack", err)
}
