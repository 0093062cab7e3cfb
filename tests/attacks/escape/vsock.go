// attack: speaks to the hypervisor past the network namespace
// how: run
// expect: outcome=ok stdout="socket(AF_VSOCK): REFUSED EAFNOSUPPORT"
package main

func main() {
	call("socket(AF_VSOCK)", 41, 40, 1, 0)
}
