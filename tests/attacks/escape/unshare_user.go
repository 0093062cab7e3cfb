// attack: makes a user namespace, in which it would have every capability
// how: run
// expect: outcome=ok stdout="unshare(CLONE_NEWUSER): REFUSED EPERM" stdout="unshare(CLONE_NEWUSER|CLONE_NEWNS): REFUSED EPERM"
package main

func main() {
	call("unshare(CLONE_NEWUSER)", 272, 0x10000000)
	call("unshare(CLONE_NEWUSER|CLONE_NEWNS)", 272, 0x10020000)
}
