// attack: opens the machine's input and output ports
// how: run
// expect: outcome=ok stdout="iopl: REFUSED EPERM" stdout="ioperm: REFUSED EPERM"
package main

func main() {
	call("iopl", 172, 3)
	call("ioperm", 173, 0, 1, 1)
}
