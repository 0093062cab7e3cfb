// attack: reaches the network of the host and the cloud's metadata service
// how: run
// expect: outcome=ok stdout="tcp 169.254.169.254:80: REFUSED ENETUNREACH" stdout="udp 8.8.8.8:53: REFUSED ENETUNREACH" stdout="interfaces besides lo: REFUSED"
package main

import (
	"net"
	"time"
)

func main() {
	for _, address := range []string{"169.254.169.254:80", "8.8.8.8:53", "10.0.0.1:22", "192.168.0.1:80", "[2001:4860:4860::8888]:53"} {
		for _, network := range []string{"tcp", "udp"} {
			connection, err := net.DialTimeout(network, address, time.Second)
			if err == nil {
				connection.Close()
			}
			attempt(network+" "+address, err)
		}
	}
	interfaces, err := net.Interfaces()
	others := 0
	for _, each := range interfaces {
		if each.Name != "lo" && each.Flags&net.FlagUp != 0 {
			others++
		}
	}
	expect("interfaces besides lo", err == nil && others == 0)
}
