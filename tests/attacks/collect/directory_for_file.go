// attack: puts directories where files were
// how: keep
// expect: outcome=ok kept=main.go/inner
package main

import "os"

func main() {
	os.Remove("/work/main.go")
	os.Mkdir("/work/main.go", 0755)
	os.WriteFile("/work/main.go/inner", []byte("x"), 0644)
}
