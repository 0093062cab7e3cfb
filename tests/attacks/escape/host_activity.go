// attack: watches what others open in shared directories
// how: run
// expect: outcome=ok stdout="inotify on /usr/bin: REFUSED"
package main

import "syscall"

func main() {
	fd, _, errno := syscall.Syscall(294, 0x80800, 0, 0)
	if errno != 0 {
		attempt("inotify on /usr/bin", errno)
		return
	}
	call("inotify on /usr/bin", 254, fd, text("/usr/bin"), 0xfff)
}
