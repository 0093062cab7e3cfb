// attack: makes a second root to climb out of the first
// how: run
// expect: outcome=ok stdout="chroot(bad pointer): REFUSED EPERM" stdout="chroot(/work): REFUSED EPERM"
package main

func main() {
	call("chroot(bad pointer)", 161, 1)
	call("chroot(/work)", 161, text("/work"))
}
