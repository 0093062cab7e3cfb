// attack: opens a file by its handle, past every mount (the shocker escape)
// how: run
// expect: outcome=ok stdout="open_by_handle_at(bad pointer): REFUSED EPERM" stdout="name_to_handle_at: REFUSED ENOSYS"
package main

func main() {
	call("open_by_handle_at(bad pointer)", 304, 0xffffff9c, 1, 0)
	call("name_to_handle_at", 303, 0xffffff9c, text("/"), 1, 1, 0)
}
