// attack: leaves a FIFO on which a reader would wait for ever
// how: keep
// expect: outcome=ok absent=fifo
package main

import "syscall"

func main() {
	syscall.Mkfifo("/work/fifo", 0666)
}
