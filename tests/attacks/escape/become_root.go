// attack: takes back ids, capabilities and privileges
// how: run
// expect: outcome=ok stdout="setuid(0): REFUSED EPERM" stdout="setgid(0): REFUSED EPERM" stdout="setgroups: REFUSED EPERM" stdout="capset: REFUSED EPERM" stdout="secure bits: REFUSED EPERM" stdout="no_new_privs off: REFUSED EINVAL" stdout="setuid(1): REFUSED"
package main

import "unsafe"

func main() {
	call("setuid(0)", 105, 0)
	call("setuid(1)", 105, 1)
	call("setgid(0)", 106, 0)
	call("setresuid(0)", 117, 0, 0, 0)
	groups := [1]uint32{0}
	call("setgroups", 116, 1, uintptr(unsafe.Pointer(&groups)))
	header := [2]uint32{0x20080522, 0}
	data := [6]uint32{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}
	call("capset", 126, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&data)))
	call("secure bits", 157, 28, 0)
	call("no_new_privs off", 157, 38, 0)
	call("ambient raise", 157, 47, 2, 21)
	call("seccomp off", 157, 22, 0)
}
