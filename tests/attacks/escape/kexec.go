// attack: puts another kernel in place of the host's
// how: run
// expect: outcome=ok stdout="kexec_load(bad pointer): REFUSED EPERM" stdout="kexec_file_load(bad fd): REFUSED EPERM"
package main

func main() {
	call("kexec_load(bad pointer)", 246, 0, 1, 1, 0)
	call("kexec_file_load(bad fd)", 320, 99, 99, 0, 1, 0)
}
