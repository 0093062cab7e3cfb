// attack: looks for what of the host was left in sight
// how: run
// expect: outcome=ok stdout="/root: REFUSED" stdout="/home: REFUSED" stdout="/var: REFUSED" stdout="/etc/shadow: REFUSED" stdout="/run: REFUSED" stdout="foreign files in /tmp: REFUSED"
package main

import (
	"os"
	"strings"
)

func main() {
	for _, path := range []string{"/root", "/home", "/var", "/run", "/boot", "/opt", "/srv", "/mnt", "/media", "/etc/shadow", "/etc/ssh", "/etc/machine-id", "/etc/fstab", "/var/run/docker.sock", "/space", "/var/cache/gobox"} {
		_, err := os.Lstat(path)
		attempt(path, err)
	}
	entries, err := os.ReadDir("/tmp")
	expect("foreign files in /tmp", err == nil && len(entries) == 0)
	passwd, _ := os.ReadFile("/etc/passwd")
	expect("the host's users", strings.Count(string(passwd), "\n") == 2)
}
