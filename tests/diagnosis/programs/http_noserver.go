// Run: --run-timeout 2s
// Outcome: timeout
// Cause: waits_for_network
package main

import (
	"net"
	"net/http"
)

func main() {
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	resp, err := http.Get("http://" + l.Addr().String() + "/health")
	if err != nil {
		panic(err)
	}
	println(resp.StatusCode)
}
