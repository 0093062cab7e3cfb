// attack: is seen and signalled by a run beside it
// how: beside
// expect: outcome=ok stdout="processes seen: REFUSED"
package main

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

func main() {
	if os.Args[1] == "leave" {
		fmt.Println("READY")
		time.Sleep(time.Minute)
		return
	}
	seen := 0
	for pid := 2; pid < 40000; pid++ {
		if pid != os.Getpid() && syscall.Kill(pid, 0) == nil {
			if _, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", pid)); err != nil {
				seen++
			}
		}
	}
	expect("processes seen", seen == 0)
}
