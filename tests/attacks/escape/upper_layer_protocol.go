// attack: has the kernel speak TLS on a connection, a layer with a history of holes
// how: run
// expect: outcome=ok stdout="TCP_ULP: REFUSED ENOPROTOOPT"
package main

import (
	"fmt"
	"syscall"
)

func main() {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	const upperLayerProtocol = 31
	call("TCP_ULP", 54, uintptr(fd), syscall.IPPROTO_TCP, upperLayerProtocol, text("tls"), 3)
}
