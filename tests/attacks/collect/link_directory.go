// attack: leaves a link in place of a directory
// how: keep
// expect: outcome=ok absent=directory absent=directory/passwd
package main

import "os"

func main() {
	os.Symlink("/etc", "/work/directory")
}
