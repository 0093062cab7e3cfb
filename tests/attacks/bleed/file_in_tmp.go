// attack: leaves a file in /tmp
// how: pair
// expect: outcome=ok stdout="/tmp/gobox-attack: REFUSED"
package main

import (
	"fmt"
	"os"
)

func main() {
	if os.Args[1] == "leave" {
		os.WriteFile("/tmp/gobox-attack", []byte("secret"), 0666)
		fmt.Println("LEFT")
		return
	}
	_, err := os.Stat("/tmp/gobox-attack")
	attempt("/tmp/gobox-attack", err)
}
