// attack: types into the terminal it was started from; also with bits the kernel does not read
// how: run
// expect: outcome=ok stdout="ioctl(TIOCSTI): REFUSED EPERM" stdout="ioctl(TIOCSTI with high bits): REFUSED EPERM" stdout="ioctl(TIOCLINUX): REFUSED EPERM"
package main

func main() {
	call("ioctl(TIOCSTI)", 16, 0, 0x5412, 1)
	call("ioctl(TIOCSTI with high bits)", 16, 0, 0x100005412, 1)
	call("ioctl(TIOCLINUX)", 16, 0, 0x541c, 1)
}
