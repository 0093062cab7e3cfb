// attack: leaves a key in the keyrings
// how: pair
// expect: outcome=ok stdout="request_key: REFUSED"
package main

import (
	"fmt"
	"os"
	"syscall"
)

func main() {
	if os.Args[1] == "leave" {
		_, _, errno := syscall.Syscall6(248, text("user"), text("gobox"), text("secret"), 6, 0xfffffffc, 0)
		fmt.Println("LEFT", errno)
		return
	}
	call("request_key", 249, text("user"), text("gobox"), 0, 0)
}
