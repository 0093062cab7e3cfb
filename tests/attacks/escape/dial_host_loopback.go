// attack: reaches a service that listens on the host's own loopback
// how: run
// expect: outcome=ok stdout="host port: REFUSED ECONNREFUSED" stdout="host abstract socket: REFUSED ECONNREFUSED"
package main

import (
	"net"
	"os"
	"time"
)

func main() {
	_, err := net.DialTimeout("tcp", "127.0.0.1:"+os.Getenv("PROBE_PORT"), time.Second)
	attempt("host port", err)
	_, err = net.DialTimeout("unix", "@"+os.Getenv("PROBE_SOCKET"), time.Second)
	attempt("host abstract socket", err)
}
