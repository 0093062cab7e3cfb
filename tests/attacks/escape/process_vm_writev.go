// attack: writes into the memory of PID 1
// how: run
// expect: outcome=ok stdout="process_vm_writev(bad pointer): REFUSED EPERM" stdout="process_madvise: REFUSED EPERM"
package main

func main() {
	call("process_vm_writev(bad pointer)", 311, 1, 1, 1, 1, 1, 0)
	call("process_madvise", 440, 99, 1, 1, 0, 0)
}
