// attack: switches address randomisation off and picks odd emulations
// how: run
// expect: outcome=ok stdout="personality(0x40000): REFUSED EPERM" stdout="personality(0x400000): REFUSED EPERM" stdout="personality(0x8): REFUSED EPERM" stdout="personality(0x10): REFUSED EPERM"
package main

func main() {
	call("personality(0x40000)", 135, 0x40000)
	call("personality(0x400000)", 135, 0x400000)
	call("personality(0x8)", 135, 0x8)
	call("personality(0x10)", 135, 0x10)
}
