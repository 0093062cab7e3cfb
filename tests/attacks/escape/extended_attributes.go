// attack: gives a file capabilities and other stored attributes
// how: run
// expect: outcome=ok stdout="setxattr(bad pointer): REFUSED ENOTSUP" stdout="lsetxattr(bad pointer): REFUSED ENOTSUP" stdout="fsetxattr: REFUSED ENOTSUP"
package main

func main() {
	call("setxattr(bad pointer)", 188, 1, 1, 1, 1, 0)
	call("lsetxattr(bad pointer)", 189, 1, 1, 1, 1, 0)
	call("fsetxattr", 190, 1, 1, 1, 1, 0)
}
