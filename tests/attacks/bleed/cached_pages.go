// attack: asks which parts of shared files others have just read
// how: run
// expect: outcome=ok stdout="RWF_NOWAIT on /usr/bin/env: REFUSED ENOTSUP" stdout="mincore tells: REFUSED"
package main

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// told says whether mincore tells the pages of a file that are in memory from those that are not.
func told(file *os.File, size int) (bool, error) {
	pages, err := syscall.Mmap(int(file.Fd()), 0, size, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return false, err
	}
	resident := make([]byte, (size+4095)/4096)
	_, _, errno := syscall.Syscall(27, uintptr(unsafe.Pointer(&pages[0])), uintptr(size), uintptr(unsafe.Pointer(&resident[0])))
	if errno != 0 {
		return false, errno
	}
	for _, page := range resident {
		if page&1 == 0 {
			return true, nil // to those who may not write the file, the kernel says that all of it is there
		}
	}
	return false, nil
}

func main() {
	file, err := os.Open("/usr/bin/env")
	if err != nil {
		fmt.Println(err)
		return
	}
	var buffer [4096]byte
	piece := syscall.Iovec{Base: &buffer[0], Len: uint64(len(buffer))}
	call("RWF_NOWAIT on /usr/bin/env", 327, file.Fd(), uintptr(unsafe.Pointer(&piece)), 1, 0, 0, 8)

	largest, err := os.Open("/usr/bin/perl")
	if err != nil {
		largest = file
	}
	info, err := largest.Stat()
	if err != nil {
		fmt.Println(err)
		return
	}
	tells, err := told(largest, int(info.Size()))
	if err != nil {
		fmt.Println("mincore:", err)
		return
	}
	expect("mincore tells", !tells)
}
