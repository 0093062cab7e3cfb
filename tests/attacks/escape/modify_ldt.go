// attack: installs its own segment descriptors
// how: run
// expect: outcome=ok stdout="modify_ldt(bad pointer): REFUSED EPERM"
package main

func main() {
	call("modify_ldt(bad pointer)", 154, 1, 1, 16)
}
