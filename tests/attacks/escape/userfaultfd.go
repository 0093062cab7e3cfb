// attack: stops the kernel in the middle of a page fault
// how: run
// expect: outcome=ok stdout="userfaultfd: REFUSED EPERM" stdout="userfaultfd(user mode only): REFUSED EPERM"
package main

func main() {
	call("userfaultfd", 323, 0)
	call("userfaultfd(user mode only)", 323, 1)
}
