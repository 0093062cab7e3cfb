// attack: forges packets by raw sockets
// how: run
// expect: outcome=ok stdout="socket(AF_INET, SOCK_RAW): REFUSED EPERM" stdout="socket(AF_INET6, SOCK_RAW): REFUSED EPERM" stdout="socket(AF_INET, SOCK_PACKET): REFUSED EPERM"
package main

func main() {
	call("socket(AF_INET, SOCK_RAW)", 41, 2, 3, 255)
	call("socket(AF_INET6, SOCK_RAW)", 41, 10, 3, 58)
	call("socket(AF_INET, SOCK_PACKET)", 41, 2, 10, 768)
}
