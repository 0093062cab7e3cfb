// attack: walks into PID 1's root, directory, program and descriptors
// how: run
// expect: outcome=ok stdout="/proc/1/root/etc: REFUSED" stdout="/proc/1/cwd: REFUSED" stdout="/proc/1/exe: REFUSED" stdout="/proc/1/fd: REFUSED"
package main

import "os"

func main() {
	for _, path := range []string{"/proc/1/root/etc", "/proc/1/cwd", "/proc/1/fd", "/proc/1/map_files", "/proc/1/task/1/fd"} {
		_, err := os.ReadDir(path)
		attempt(path, err)
	}
	_, err := os.OpenFile("/proc/1/exe", os.O_RDWR, 0)
	attempt("/proc/1/exe", err)
	_, err = os.Readlink("/proc/1/exe")
	attempt("readlink /proc/1/exe", err)
}
