// attack: leaves a mark on the host's device nodes, where other sandboxes see it
// how: run
// expect: outcome=ok stdout="utimes /dev/null: REFUSED" stdout="chmod /dev/null: REFUSED" stdout="utimes /dev/urandom: REFUSED" stdout="still writable: yes"
package main

import (
	"fmt"
	"os"
)

func main() {
	for _, path := range []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"} {
		call("utimes "+path, 280, 0xffffff9c, text(path), 0, 0)
		attempt("chmod "+path, os.Chmod(path, 0600))
	}
	if os.WriteFile("/dev/null", []byte("x"), 0) == nil {
		fmt.Println("still writable: yes")
	}
}
