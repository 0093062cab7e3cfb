// Asks for a namespace of its own. Under the default policy the call fails with EPERM; under
// "strict" it is reported by name and ends the run.
//
// run: sandbox-run --policy strict examples/policy_violation.go
// outcome: policy_violation
// exit status: 123
package main

import (
	"fmt"
	"syscall"
)

func main() {
	err := syscall.Unshare(syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS)
	fmt.Println("unshare:", err)
}
