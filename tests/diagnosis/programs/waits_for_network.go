// Run: --run-timeout 1s
// Outcome: timeout
// Cause: waits_for_network
// Says: waits_for_network.go:23
package main

import (
	"bufio"
	"fmt"
	"net"
)

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() { l.Accept() }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		panic(err)
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	fmt.Println(line, err)
}
