// attack: starts programs by interpreter lines and the loader, past the filter
// how: run
// expect: outcome=ok stdout="mount by a script: REFUSED" stdout="mount by the loader: REFUSED"
package main

import (
	"os"
	"os/exec"
)

func main() {
	os.WriteFile("/work/script", []byte("#!/bin/sh\nmount -t tmpfs none /tmp\n"), 0755)
	attempt("mount by a script", exec.Command("/work/script").Run())
	attempt("mount by the loader", exec.Command("/lib64/ld-linux-x86-64.so.2", "/bin/mount", "-t", "tmpfs", "none", "/tmp").Run())
	attempt("unshare by the tool", exec.Command("/usr/bin/unshare", "-Ur", "true").Run())
}
