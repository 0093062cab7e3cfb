// attack: leaves a link that climbs out
// how: keep
// expect: outcome=ok absent=link
package main

import "os"

func main() {
	os.Symlink("../../../../etc/passwd", "/work/link")
}
