// attack: leaves a link to a file of the host where output is collected
// how: keep
// expect: outcome=ok kept=plain absent=link
package main

import "os"

func main() {
	os.WriteFile("/work/plain", []byte("x"), 0644)
	os.Symlink("/etc/passwd", "/work/link")
}
