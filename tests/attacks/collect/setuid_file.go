// attack: leaves a program with special bits
// how: keep
// expect: outcome=ok kept=program
package main

import (
	"os"
	"syscall"
)

func main() {
	os.WriteFile("/work/program", []byte("x"), 0755)
	syscall.Chmod("/work/program", 07755)
}
