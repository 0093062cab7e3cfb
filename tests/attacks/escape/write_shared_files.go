// attack: changes files that the host and other sandboxes read
// how: run
// expect: outcome=ok stdout="/usr/bin/gobox-attack: REFUSED EROFS" stdout="/etc/passwd: REFUSED" stdout="/gobox-attack: REFUSED EROFS" stdout="/dev/gobox-attack: REFUSED EROFS"
package main

import (
	"os"
	"runtime"
	"time"
)

func main() {
	for _, path := range []string{"/usr/bin/gobox-attack", "/usr/lib/gobox-attack", "/lib/gobox-attack", "/etc/gobox-attack", "/gobox-attack", "/dev/gobox-attack", "/proc/gobox-attack", runtime.GOROOT() + "/gobox-attack"} {
		attempt(path, os.WriteFile(path, []byte("x"), 0644))
	}
	for _, path := range []string{"/etc/passwd", "/usr/bin/env", "/etc/hosts"} {
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err == nil {
			file.Close()
		}
		attempt(path, err)
	}
	attempt("chmod /usr/bin/env", os.Chmod("/usr/bin/env", 0777))
	attempt("rename /usr/bin/env", os.Rename("/usr/bin/env", "/usr/bin/gobox-attack"))
	attempt("remove /usr/bin/env", os.Remove("/usr/bin/env"))
	attempt("utimes /usr/bin/env", os.Chtimes("/usr/bin/env", time.Now(), time.Now()))
}
