// attack: binds its own directory over the shared programs
// how: run
// expect: outcome=ok stdout="mount(bind): REFUSED EPERM"
package main

func main() {
	call("mount(bind)", 165, text("/work"), text("/usr"), text(""), 4096, 0)
}
