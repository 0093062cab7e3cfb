// attack: raises SIGSYS itself, to look like a policy violation
// how: run
// expect: outcome=signaled signal=SIGSYS
// because: the verdict rests on what the supervisor was told, not on the signal
package main

import (
	"os"
	"syscall"
)

func main() {
	syscall.Kill(os.Getpid(), syscall.SIGSYS)
	select {}
}
