// attack: leaves another host name
// how: pair
// expect: outcome=ok stdout="name changed: REFUSED"
package main

import (
	"fmt"
	"os"
	"syscall"
)

func main() {
	if os.Args[1] == "leave" {
		fmt.Println("LEFT", syscall.Sethostname([]byte("owned")))
		return
	}
	name, err := os.Hostname()
	expect("name changed", err == nil && name == "sandbox")
}
