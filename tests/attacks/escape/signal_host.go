// attack: signals processes of the host by their number
// how: run
// expect: outcome=ok stdout="kill(host): REFUSED ESRCH" stdout="pidfd_open(host): REFUSED ESRCH"
package main

import (
	"fmt"
	"os"
	"strconv"
)

func main() {
	pid, err := strconv.Atoi(os.Getenv("PROBE_PID"))
	if err != nil || pid == os.Getpid() {
		fmt.Println("no probe")
		return
	}
	call("kill(host)", 62, uintptr(pid), 0)
	call("pidfd_open(host)", 434, uintptr(pid), 0)
	call("sched_setaffinity(host)", 203, uintptr(pid), 0, 0)
	call("prlimit(host)", 302, uintptr(pid), 7, 0, 0)
	_, err = os.Stat("/proc/" + os.Getenv("PROBE_PID") + "/status")
	attempt("/proc/host", err)
}
