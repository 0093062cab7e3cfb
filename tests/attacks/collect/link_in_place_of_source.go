// attack: replaces its own source by a link
// how: keep
// expect: outcome=ok absent=main.go
package main

import "os"

func main() {
	os.Remove("/work/main.go")
	os.Symlink("/etc/shadow", "/work/main.go")
}
