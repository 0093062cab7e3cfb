// attack: takes mounts away to see what they hide
// how: run
// expect: outcome=ok stdout="umount2(/proc): REFUSED EPERM" stdout="umount2(/usr): REFUSED EPERM" stdout="umount2(bad pointer): REFUSED EPERM"
package main

func main() {
	call("umount2(/proc)", 166, text("/proc"), 2)
	call("umount2(/usr)", 166, text("/usr"), 2)
	call("umount2(bad pointer)", 166, 1, 2)
}
