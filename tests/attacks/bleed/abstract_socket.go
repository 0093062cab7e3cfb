// attack: answers on an abstract socket
// how: beside
// expect: outcome=ok stdout="abstract socket: REFUSED"
package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

func main() {
	if os.Args[1] == "leave" {
		_, err := net.Listen("unix", "@gobox-attack")
		fmt.Println("READY", err)
		time.Sleep(time.Minute)
		return
	}
	connection, err := net.Dial("unix", "@gobox-attack")
	if err == nil {
		connection.Close()
	}
	attempt("abstract socket", err)
}
