// attack: watches whole file systems
// how: run
// expect: outcome=ok stdout="fanotify_init: REFUSED EPERM"
package main

func main() {
	call("fanotify_init", 300, 0, 0)
}
