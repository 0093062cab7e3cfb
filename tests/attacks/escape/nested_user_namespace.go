// attack: starts a child in a user namespace of its own
// how: run
// expect: outcome=ok stdout="child with CLONE_NEWUSER: REFUSED EPERM" stdout="child with CLONE_NEWNS: REFUSED EPERM" stdout="child with CLONE_NEWPID: REFUSED EPERM"
package main

import (
	"os/exec"
	"syscall"
)

func main() {
	for name, flag := range map[string]uintptr{"NEWUSER": syscall.CLONE_NEWUSER, "NEWNS": syscall.CLONE_NEWNS, "NEWPID": syscall.CLONE_NEWPID, "NEWNET": syscall.CLONE_NEWNET} {
		command := exec.Command("/usr/bin/true")
		command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flag}
		attempt("child with CLONE_"+name, command.Run())
	}
}
