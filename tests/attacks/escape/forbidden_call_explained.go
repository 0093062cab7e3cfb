// attack: makes several refused calls; each is listed
// how: run
// flags: --explain
// expect: outcome=ok refused=mount refused=bpf refused=keyctl refused=name_to_handle_at stdout="mount: REFUSED EPERM" stdout="name_to_handle_at: REFUSED ENOSYS"
package main

func main() {
	call("mount", 165, 1, 1, 1, 0, 0)
	call("bpf", 321, 0, 1, 1)
	call("keyctl", 250, 0, 0, 0)
	call("name_to_handle_at", 303, 0xffffff9c, 1, 1, 1, 0)
}
