// attack: listens to every packet
// how: run
// expect: outcome=ok stdout="socket(AF_PACKET, SOCK_RAW): REFUSED EAFNOSUPPORT" stdout="socket(AF_PACKET, SOCK_DGRAM): REFUSED EAFNOSUPPORT"
package main

func main() {
	call("socket(AF_PACKET, SOCK_RAW)", 41, 17, 3, 768)
	call("socket(AF_PACKET, SOCK_DGRAM)", 41, 17, 2, 768)
}
