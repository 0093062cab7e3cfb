// attack: leaves names with control characters and bad UTF-8
// how: keep
// expect: outcome=ok kept=plain
package main

import "os"

func main() {
	os.WriteFile("/work/plain", []byte("x"), 0644)
	for _, name := range []string{"new\nline", "\xff\xfe", "\x1b[2J", "-rf", " ", "..."} {
		os.WriteFile("/work/"+name, []byte("x"), 0644)
	}
}
