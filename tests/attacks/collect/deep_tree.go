// attack: leaves a tree deeper than a path
// how: keep
// expect: outcome=ok kept=plain
package main

import "os"

func main() {
	os.WriteFile("/work/plain", []byte("x"), 0644)
	os.Chdir("/work")
	for i := 0; i < 3000; i++ {
		os.Mkdir("d", 0755)
		os.Chdir("d")
	}
}
