// attack: a Go program keeps its own mmap lock, so that the reader of its probe waits with it
// how: run
// flags: --run-timeout 3s --grace 100ms --pids 512
// expect: outcome=timeout limit=wall within=14s
package main

import (
	"runtime"
	"syscall"
	"unsafe"
)

const (
	heldBytes    = 2 << 30
	populateRead = 22
	spinners     = 300
)

var sink int

func spin() {
	runtime.LockOSThread()
	for {
		sink++
	}
}

func protect(memory []byte, protection uintptr) {
	syscall.Syscall(syscall.SYS_MPROTECT, uintptr(unsafe.Pointer(&memory[0])), heldBytes, protection)
}

func main() {
	memory, err := syscall.Mmap(-1, 0, heldBytes, syscall.PROT_READ,
		syscall.MAP_PRIVATE|syscall.MAP_ANON|syscall.MAP_NORESERVE)
	if err != nil {
		panic(err)
	}
	syscall.Madvise(memory, 15) // MADV_NOHUGEPAGE
	if err := syscall.Madvise(memory, populateRead); err != nil {
		panic(err)
	}
	runtime.GOMAXPROCS(spinners + 2)
	for i := 0; i < spinners; i++ {
		go spin()
	}
	runtime.LockOSThread()
	for {
		protect(memory, syscall.PROT_NONE)
		protect(memory, syscall.PROT_READ)
	}
}
