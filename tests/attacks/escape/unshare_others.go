// attack: makes each of the other namespaces
// how: run
// expect: outcome=ok stdout="unshare(0x20000): REFUSED EPERM" stdout="unshare(0x40000000): REFUSED EPERM" stdout="unshare(0x20000000): REFUSED EPERM" stdout="unshare(0x8000000): REFUSED EPERM" stdout="unshare(0x4000000): REFUSED EPERM" stdout="unshare(0x2000000): REFUSED EPERM" stdout="unshare(0x80): REFUSED EPERM"
package main

func main() {
	call("unshare(0x20000)", 272, 0x20000)
	call("unshare(0x40000000)", 272, 0x40000000)
	call("unshare(0x20000000)", 272, 0x20000000)
	call("unshare(0x8000000)", 272, 0x8000000)
	call("unshare(0x4000000)", 272, 0x4000000)
	call("unshare(0x2000000)", 272, 0x2000000)
	call("unshare(0x80)", 272, 0x80)
}
