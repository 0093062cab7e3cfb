// attack: makes a door to the host's disk and memory
// how: run
// expect: outcome=ok stdout="mknod(block): REFUSED EPERM" stdout="mknod(char): REFUSED EPERM" stdout="mknodat(block): REFUSED EPERM"
package main

func main() {
	call("mknod(block)", 133, text("/tmp/disk"), 0x61b6, 0xfd00)
	call("mknod(char)", 133, text("/tmp/mem"), 0x21b6, 0x101)
	call("mknodat(block)", 259, 0xffffff9c, text("/tmp/disk"), 0x61b6, 0xfd00)
}
