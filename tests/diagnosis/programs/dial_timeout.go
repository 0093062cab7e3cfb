// Run: --run-timeout 2s
// Outcome: timeout
// Cause: waits_for_network
// Says: dial_timeout.go:23
package main

import (
	"fmt"
	"io"
	"net"
)

func serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		fmt.Fprint(c, "hel")
	}
}

func read(c net.Conn) string { b, _ := io.ReadAll(c); return string(b) }

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go serve(l)
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		panic(err)
	}
	println(read(c))
}
