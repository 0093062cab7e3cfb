// attack: leaves a mount, or tries to
// how: keep
// expect: outcome=ok absent=mounted/passwd stdout="mount: REFUSED EPERM"
package main

import (
	"os"
	"syscall"
)

func main() {
	os.Mkdir("/work/mounted", 0755)
	attempt("mount", syscall.Mount("/etc", "/work/mounted", "", syscall.MS_BIND, ""))
}
