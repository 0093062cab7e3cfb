// attack: throws shared files out of the host's page cache, so that others wait for the disk
// how: run
// expect: outcome=ok stdout="POSIX_FADV_DONTNEED on /usr/bin/env: REFUSED EPERM"
package main

import (
	"fmt"
	"os"
)

func main() {
	file, err := os.Open("/usr/bin/env")
	if err != nil {
		fmt.Println(err)
		return
	}
	const upperHalf = 1 << 32 // what a comparison of 64 bits would not see through
	call("POSIX_FADV_DONTNEED on /usr/bin/env", 221, file.Fd(), 0, 0, 4)
	call("the same with a stray bit", 221, file.Fd(), 0, 0, 4|upperHalf)
}
