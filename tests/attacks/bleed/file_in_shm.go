// attack: leaves a file in /dev/shm
// how: pair
// expect: outcome=ok stdout="/dev/shm/gobox-attack: REFUSED"
package main

import (
	"fmt"
	"os"
)

func main() {
	if os.Args[1] == "leave" {
		os.WriteFile("/dev/shm/gobox-attack", []byte("secret"), 0666)
		fmt.Println("LEFT")
		return
	}
	_, err := os.Stat("/dev/shm/gobox-attack")
	attempt("/dev/shm/gobox-attack", err)
}
