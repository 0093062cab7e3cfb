// attack: mounts a file system of its own over a directory it knows
// how: run
// expect: outcome=ok stdout="mount(bad pointer): REFUSED EPERM" stdout="mount(tmpfs): REFUSED EPERM"
package main

func main() {
	call("mount(bad pointer)", 165, 1, 1, 1, 0, 0)
	call("mount(tmpfs)", 165, text("tmpfs"), text("/tmp"), text("tmpfs"), 0, 0)
}
