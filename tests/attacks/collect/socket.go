// attack: leaves a socket
// how: keep
// expect: outcome=ok absent=socket
package main

import "net"

func main() {
	net.Listen("unix", "/work/socket")
}
