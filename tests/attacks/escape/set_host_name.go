// attack: renames the host
// how: run
// expect: outcome=ok stdout="sethostname(bad pointer): REFUSED EPERM" stdout="sethostname: REFUSED EPERM" stdout="setdomainname: REFUSED EPERM"
package main

func main() {
	call("sethostname(bad pointer)", 170, 1, 4)
	call("sethostname", 170, text("owned"), 5)
	call("setdomainname", 171, text("owned"), 5)
}
