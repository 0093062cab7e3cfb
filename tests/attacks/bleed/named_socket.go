// attack: answers on a socket in /tmp
// how: beside
// expect: outcome=ok stdout="named socket: REFUSED"
package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

func main() {
	if os.Args[1] == "leave" {
		_, err := net.Listen("unix", "/tmp/gobox-attack")
		fmt.Println("READY", err)
		time.Sleep(time.Minute)
		return
	}
	connection, err := net.Dial("unix", "/tmp/gobox-attack")
	if err == nil {
		connection.Close()
	}
	attempt("named socket", err)
}
