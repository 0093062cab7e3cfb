// attack: lets the host run a program when a group empties (CVE-2022-0492)
// how: run
// expect: outcome=ok stdout="mount(cgroup rdma): REFUSED EPERM" stdout="release_agent: REFUSED"
package main

import (
	"os"
	"syscall"
)

func main() {
	attempt("mount(cgroup rdma)", syscall.Mount("cgroup", "/tmp", "cgroup", 0, "rdma"))
	attempt("release_agent", os.WriteFile("/sys/fs/cgroup/rdma/release_agent", []byte("/work/agent"), 0))
	attempt("notify_on_release", os.WriteFile("/tmp/notify_on_release/x", []byte("1"), 0))
}
