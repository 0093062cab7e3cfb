// attack: makes the read-only root writable again
// how: run
// expect: outcome=ok stdout="mount(remount): REFUSED EPERM"
package main

func main() {
	call("mount(remount)", 165, text("none"), text("/"), text(""), 32, 0)
}
