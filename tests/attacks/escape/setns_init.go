// attack: enters the namespaces of PID 1
// how: run
// expect: outcome=ok stdout="setns(1): REFUSED EPERM" stdout="/proc/1/ns/user: REFUSED"
package main

import "os"

func main() {
	for _, name := range []string{"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"} {
		path := "/proc/1/ns/" + name
		_, err := os.Open(path)
		attempt(path, err)
	}
	call("setns(1)", 308, 1, 0)
	own, err := os.Open("/proc/self/ns/user")
	if err == nil {
		call("setns(own)", 308, own.Fd(), 0x10000000)
	}
}
