// attack: gains rights by the host's own setuid programs
// how: run
// expect: outcome=ok stdout="nosuid on /usr: REFUSED" stdout="nodev on /usr: REFUSED" stdout="read-only /usr: REFUSED" stdout="nosuid on /dev/null: REFUSED"
package main

import (
	"fmt"
	"os/exec"
	"strings"
	"syscall"
)

func main() {
	const readOnly, nosuid, nodev = 1, 2, 4
	for path, flags := range map[string]int64{"/": nosuid | nodev | readOnly, "/usr": nosuid | nodev | readOnly, "/work": nosuid | nodev, "/tmp": nosuid | nodev, "/dev/shm": nosuid | nodev, "/proc": nosuid | nodev | readOnly, "/dev/null": nosuid} {
		var stat syscall.Statfs_t
		if err := syscall.Statfs(path, &stat); err != nil {
			fmt.Println(path, err)
			continue
		}
		if flags&nosuid != 0 {
			expect("nosuid on "+path, stat.Flags&nosuid != 0)
		}
		if flags&nodev != 0 {
			expect("nodev on "+path, stat.Flags&nodev != 0)
		}
		if flags&readOnly != 0 {
			expect("read-only "+path, stat.Flags&readOnly != 0)
		}
	}
	out, _ := exec.Command("/bin/sh", "-c", "grep -h ^CapEff /proc/self/status").Output()
	expect("capabilities after exec", strings.Contains(string(out), "0000000000000000"))
}
