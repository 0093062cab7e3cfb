// attack: raises its own limits in the control group file system
// how: run
// expect: outcome=ok stdout="/sys/fs/cgroup: REFUSED" stdout="mount(cgroup2): REFUSED EPERM"
package main

import (
	"os"
	"strings"
	"syscall"
)

func main() {
	for _, path := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/cgroup.procs"} {
		_, err := os.Stat(path)
		attempt(path, err)
	}
	attempt("mount(cgroup2)", syscall.Mount("none", "/tmp", "cgroup2", 0, ""))
	attempt("mount(cgroup)", syscall.Mount("none", "/tmp", "cgroup", 0, "memory"))
	text, err := os.ReadFile("/proc/self/cgroup")
	if err == nil {
		for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
			parts := strings.SplitN(line, ":", 3)
			expect("group seen as "+parts[2], !strings.Contains(parts[2], "gobox"))
		}
	}
}
