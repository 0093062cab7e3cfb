// attack: reads the memory of PID 1
// how: run
// expect: outcome=ok stdout="process_vm_readv(bad pointer): REFUSED EPERM"
package main

func main() {
	call("process_vm_readv(bad pointer)", 310, 1, 1, 1, 1, 1, 0)
}
