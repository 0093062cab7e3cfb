// attack: switches the machine off; the magic is wrong, so that not even success would
// how: run
// expect: outcome=ok stdout="reboot: REFUSED EPERM"
package main

func main() {
	call("reboot", 169, 0, 0, 0, 0)
}
