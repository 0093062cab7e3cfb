// attack: answers on a loopback port
// how: beside
// expect: outcome=ok stdout="loopback port: REFUSED"
package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

func main() {
	if os.Args[1] == "leave" {
		_, err := net.Listen("tcp", "127.0.0.1:40404")
		fmt.Println("READY", err)
		time.Sleep(time.Minute)
		return
	}
	connection, err := net.Dial("tcp", "127.0.0.1:40404")
	if err == nil {
		connection.Close()
	}
	attempt("loopback port", err)
	_, err = net.Listen("tcp", "127.0.0.1:40404")
	expect("port taken", err == nil)
}
