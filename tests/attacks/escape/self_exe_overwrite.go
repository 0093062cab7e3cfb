// attack: overwrites the program it was started from (CVE-2019-5736)
// how: run
// expect: outcome=ok stdout="open for writing: REFUSED" stdout="truncate: REFUSED" stdout="through a child: REFUSED"
package main

import (
	"os"
	"os/exec"
)

func main() {
	_, err := os.OpenFile("/proc/self/exe", os.O_WRONLY, 0)
	attempt("open for writing", err)
	attempt("truncate", os.Truncate("/proc/self/exe", 0))
	attempt("through a child", exec.Command("/bin/sh", "-c", "exec 2>/dev/null; echo x >/proc/$PPID/exe").Run())
	attempt("chmod", os.Chmod("/proc/self/exe", 0777))
}
