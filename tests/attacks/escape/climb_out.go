// attack: climbs out by dots, a moved directory and its working directory
// how: run
// expect: outcome=ok stdout="above the root: REFUSED" stdout="working directory: REFUSED"
package main

import (
	"os"
	"strings"
	"syscall"
)

func main() {
	var root, above syscall.Stat_t
	syscall.Stat("/", &root)
	os.Mkdir("/work/a", 0755)
	os.Chdir("/work/a")
	os.Rename("/work/a", "/tmp/a")
	for i := 0; i < 64; i++ {
		syscall.Chdir("..")
	}
	syscall.Stat(".", &above)
	expect("above the root", root.Dev == above.Dev && root.Ino == above.Ino)
	directory, err := syscall.Getwd()
	expect("working directory", err == nil && strings.HasPrefix(directory, "/"))
}
