// attack: leaves files and directories without any permission
// how: keep
// expect: outcome=ok kept=plain
package main

import "os"

func main() {
	os.WriteFile("/work/plain", []byte("x"), 0644)
	os.WriteFile("/work/closed", []byte("x"), 0)
	os.MkdirAll("/work/locked/inner", 0755)
	os.Chmod("/work/locked", 0)
}
