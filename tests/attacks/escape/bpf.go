// attack: loads a program into the kernel
// how: run
// expect: outcome=ok stdout="bpf(bad pointer): REFUSED EPERM"
package main

func main() {
	call("bpf(bad pointer)", 321, 5, 1, 128)
}
