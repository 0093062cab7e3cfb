// attack: changes the kernel's settings
// how: run
// expect: outcome=ok stdout="/proc/sys/kernel/core_pattern: REFUSED" stdout="/proc/sys/vm/overcommit_memory: REFUSED" stdout="/proc/sys/net/ipv4/ip_forward: REFUSED"
package main

import "os"

func main() {
	for _, path := range []string{"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/vm/overcommit_memory", "/proc/sys/net/ipv4/ip_forward", "/proc/sys/fs/binfmt_misc/register"} {
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err == nil {
			file.Close()
		}
		attempt(path, err)
	}
}
