// attack: uses the keyrings, which are one for the whole host
// how: run
// expect: outcome=ok stdout="add_key(bad pointer): REFUSED EPERM" stdout="request_key(bad pointer): REFUSED EPERM" stdout="keyctl(get session): REFUSED EPERM" stdout="keyctl(join session): REFUSED EPERM"
package main

func main() {
	call("add_key(bad pointer)", 248, 1, 1, 1, 1, 0xfffffffd)
	call("request_key(bad pointer)", 249, 1, 1, 1, 0)
	call("keyctl(get session)", 250, 0, 0xfffffffd, 0)
	call("keyctl(join session)", 250, 1, 0)
}
