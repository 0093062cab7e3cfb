// attack: locks files of its own, where that must work, and shared ones, where it must not
// how: run
// expect: outcome=ok stdout="own file, flock: granted" stdout="own file, flock beside: EAGAIN" stdout="own file, flock after it is given back: granted" stdout="waiting flock: granted" stdout="own file, F_SETLK: granted" stdout="own file, F_GETLK: free" stdout="child's F_GETLK: held" stdout="own file, F_OFD_GETLK: held" stdout="shared file, flock: REFUSED ENOLCK" stdout="shared file, F_GETLK: REFUSED EINVAL" stdout="shared file, F_OFD_GETLK: REFUSED EINVAL"
package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

const path = "/tmp/database"

func open(name string, flags int) int {
	fd, err := syscall.Open(name, flags|syscall.O_CLOEXEC, 0600)
	if err != nil {
		panic(err)
	}
	return fd
}

func said(what string, err error) {
	switch err {
	case nil:
		fmt.Println(what + ": granted")
	case syscall.EWOULDBLOCK:
		fmt.Println(what + ": EAGAIN")
	default:
		attempt(what, err)
	}
}

// What a lock of the first hundred bytes would meet.
func asked(what string, fd, command int) {
	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Len: 100}
	err := syscall.FcntlFlock(uintptr(fd), command, &lock)
	switch {
	case err != nil:
		attempt(what, err)
	case lock.Type == syscall.F_UNLCK:
		fmt.Println(what + ": free")
	default:
		fmt.Println(what + ": held")
	}
}

func main() {
	const openFileGet, openFileSet = 36, 37
	if len(os.Args) > 1 {
		asked("child's F_GETLK", open(path, syscall.O_RDWR), syscall.F_GETLK)
		return
	}
	one, two := open(path, syscall.O_RDWR|syscall.O_CREAT), open(path, syscall.O_RDWR)
	said("own file, flock", syscall.Flock(one, syscall.LOCK_EX))
	said("own file, flock beside", syscall.Flock(two, syscall.LOCK_EX|syscall.LOCK_NB))
	syscall.Flock(one, syscall.LOCK_UN)
	said("own file, flock after it is given back", syscall.Flock(two, syscall.LOCK_EX|syscall.LOCK_NB))
	done := make(chan error)
	go func() { done <- syscall.Flock(one, syscall.LOCK_EX) }()
	time.Sleep(20 * time.Millisecond)
	syscall.Close(two) // gives its lock back without a word
	said("waiting flock", <-done)

	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Start: 10, Len: 5}
	said("own file, F_SETLK", syscall.FcntlFlock(uintptr(one), syscall.F_SETLK, &lock))
	asked("own file, F_GETLK", one, syscall.F_GETLK)
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	child := exec.Command(self, "child")
	child.Stdout = os.Stdout
	child.Run()
	lock = syscall.Flock_t{Type: syscall.F_WRLCK, Start: 50, Len: 5}
	syscall.FcntlFlock(uintptr(one), openFileSet, &lock)
	asked("own file, F_OFD_GETLK", open(path, syscall.O_RDWR), openFileGet)

	shared := open("/usr/bin/env", syscall.O_RDONLY)
	said("shared file, flock", syscall.Flock(shared, syscall.LOCK_SH))
	asked("shared file, F_GETLK", shared, syscall.F_GETLK)
	asked("shared file, F_OFD_GETLK", shared, openFileGet)
}
