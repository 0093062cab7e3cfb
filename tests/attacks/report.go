package main

// What the Go programs here share; the runner adds this file to each. One line per attempt, in words
// the runner looks for. "REFUSED errno": it was not possible. "ESCAPED": it was. "REACHED errno": the
// kernel looked at the arguments, so a layer that should have stopped the call before did not.

import (
	"errors"
	"fmt"
	"syscall"
	"unsafe"
)

var errnoNames = map[syscall.Errno]string{
	syscall.EPERM: "EPERM", syscall.ENOENT: "ENOENT", syscall.EACCES: "EACCES", syscall.ENOSYS: "ENOSYS",
	syscall.EINVAL: "EINVAL", syscall.EROFS: "EROFS", syscall.EFAULT: "EFAULT", syscall.EBADF: "EBADF",
	syscall.EAFNOSUPPORT: "EAFNOSUPPORT", syscall.EPROTONOSUPPORT: "EPROTONOSUPPORT",
	syscall.ENOTSUP: "ENOTSUP", syscall.EAGAIN: "EAGAIN", syscall.ENOMEM: "ENOMEM", syscall.ENOSPC: "ENOSPC",
	syscall.EMFILE: "EMFILE", syscall.ESRCH: "ESRCH", syscall.ENETUNREACH: "ENETUNREACH",
	syscall.ECONNREFUSED: "ECONNREFUSED", syscall.ENXIO: "ENXIO", syscall.ENOTTY: "ENOTTY",
	syscall.ETXTBSY: "ETXTBSY", syscall.ENODEV: "ENODEV", syscall.ENOLCK: "ENOLCK", syscall.ENOTDIR: "ENOTDIR",
	syscall.EEXIST: "EEXIST", syscall.EFBIG: "EFBIG", syscall.ENAMETOOLONG: "ENAMETOOLONG", syscall.ECHILD: "ECHILD",
	syscall.ENOPROTOOPT: "ENOPROTOOPT", syscall.ESPIPE: "ESPIPE", syscall.EXDEV: "EXDEV", syscall.EISDIR: "EISDIR",
}

func nameOf(err error) string {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err.Error()
	}
	if name, ok := errnoNames[errno]; ok {
		return name
	}
	return fmt.Sprintf("errno %d", int(errno))
}

// attempt reports whether what was tried worked.
func attempt(what string, err error) bool {
	switch {
	case err == nil:
		fmt.Println(what + ": ESCAPED")
	case errors.Is(err, syscall.EFAULT), errors.Is(err, syscall.EBADF), errors.Is(err, syscall.ENOTTY):
		fmt.Println(what + ": REACHED " + nameOf(err))
	default:
		fmt.Println(what + ": REFUSED " + nameOf(err))
	}
	return err == nil
}

// call makes a system call by its number.
func call(what string, number uintptr, arguments ...uintptr) bool {
	var a [6]uintptr
	copy(a[:], arguments)
	_, _, errno := syscall.Syscall6(number, a[0], a[1], a[2], a[3], a[4], a[5])
	if errno == 0 {
		return attempt(what, nil)
	}
	return attempt(what, errno)
}

// expect reports a fact that must hold.
func expect(what string, holds bool) {
	if holds {
		fmt.Println(what + ": REFUSED")
	} else {
		fmt.Println(what + ": ESCAPED")
	}
}

// text is a C string for call; the caller keeps the program short enough for it to stay where it is.
func text(s string) uintptr {
	bytes := append([]byte(s), 0)
	kept = append(kept, bytes)
	return uintptr(unsafe.Pointer(&bytes[0]))
}

var kept [][]byte
