// The sandbox has a network of its own: a loopback device and nothing else. A server and a client
// inside reach each other; the host's ports and the world are not there.
//
// run: sandbox-run examples/sockets.go
// outcome: ok
// exit status: 0
package main

import (
	"fmt"
	"io"
	"net"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		connection, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		fmt.Fprint(connection, "hello over loopback")
		connection.Close()
	}()
	connection, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		panic(err)
	}
	answer, err := io.ReadAll(connection)
	fmt.Println(string(answer), err)

	_, err = net.Dial("tcp", "192.0.2.1:80")
	fmt.Println("the world:", err)
}
