// attack: traces PID 1, which knows more of the outside
// how: run
// expect: outcome=ok stdout="ptrace(attach): REFUSED EPERM" stdout="ptrace(seize): REFUSED EPERM"
package main

func main() {
	call("ptrace(attach)", 101, 16, 1, 0, 0)
	call("ptrace(seize)", 101, 0x4206, 1, 0, 0)
}
