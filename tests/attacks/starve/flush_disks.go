// attack: makes the host's disks empty their caches through a file it may only read
// how: run
// expect: outcome=ok stdout="fsync reaches the file: REFUSED" stdout="fdatasync reaches the file: REFUSED" stdout="sync_file_range reaches the file: REFUSED" stdout="msync reaches the file: REFUSED" stdout="a program's own file: <nil>"
package main

import (
	"fmt"
	"os"
	"syscall"
)

// Nothing the kernel would carry out succeeds on a descriptor that is not open, or on no memory.
func reaches(number uintptr, arguments [4]uintptr) bool {
	_, _, errno := syscall.Syscall6(number, arguments[0], arguments[1], arguments[2], arguments[3], 0, 0)
	return errno != 0
}

func main() {
	const closed = 999
	expect("fsync reaches the file", !reaches(74, [4]uintptr{closed}))
	expect("fdatasync reaches the file", !reaches(75, [4]uintptr{closed}))
	expect("sync_file_range reaches the file", !reaches(277, [4]uintptr{closed, 0, 4096, 7}))
	expect("msync reaches the file", !reaches(26, [4]uintptr{4096, 4096, 4}))

	own, err := os.Create("own")
	if err == nil {
		err = own.Sync()
	}
	fmt.Println("a program's own file:", err)
}
