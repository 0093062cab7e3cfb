// attack: leaves a device, or tries to
// how: keep
// expect: outcome=ok absent=device stdout="mknod: REFUSED EPERM"
package main

import "syscall"

func main() {
	attempt("mknod", syscall.Mknod("/work/device", 0x21b6, 0x101))
}
