// attack: loads and unloads kernel modules
// how: run
// expect: outcome=ok stdout="init_module(bad pointer): REFUSED EPERM" stdout="finit_module(bad fd): REFUSED EPERM" stdout="delete_module(bad pointer): REFUSED EPERM"
package main

func main() {
	call("init_module(bad pointer)", 175, 1, 1, 1)
	call("finit_module(bad fd)", 313, 99, 1, 0)
	call("delete_module(bad pointer)", 176, 1, 0x800)
}
