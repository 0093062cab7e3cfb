// attack: mounts by the calls that came after mount(2)
// how: run
// expect: outcome=ok stdout="fsopen: REFUSED EPERM" stdout="fsconfig: REFUSED EPERM" stdout="fsmount: REFUSED EPERM" stdout="fspick: REFUSED EPERM" stdout="open_tree: REFUSED EPERM" stdout="move_mount: REFUSED EPERM" stdout="mount_setattr: REFUSED EPERM"
package main

func main() {
	call("fsopen", 430, 1, 0)
	call("fsconfig", 431, 99, 0, 1, 1, 0)
	call("fsmount", 432, 99, 0, 0)
	call("fspick", 433, 99, 1, 0)
	call("open_tree", 428, 99, 1, 1)
	call("move_mount", 429, 99, 1, 99, 1, 0)
	call("mount_setattr", 442, 99, 1, 0, 1, 32)
}
