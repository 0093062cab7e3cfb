// attack: uses the kernel's cryptography by sockets
// how: run
// expect: outcome=ok stdout="socket(AF_ALG): REFUSED EAFNOSUPPORT"
package main

func main() {
	call("socket(AF_ALG)", 41, 38, 5, 0)
}
