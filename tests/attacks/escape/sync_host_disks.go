// attack: makes every other program wait for the disks
// how: run
// expect: outcome=ok stdout="sync: REFUSED EPERM" stdout="syncfs(stdin): REFUSED EPERM"
package main

func main() {
	call("sync", 162)
	call("syncfs(stdin)", 306, 0)
}
