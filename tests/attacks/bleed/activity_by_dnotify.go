// attack: has a signal sent whenever others read a file in a shared directory (dnotify)
// how: run
// expect: outcome=ok stdout="F_NOTIFY on /usr/bin: REFUSED EINVAL"
package main

import (
	"fmt"
	"os"
)

func main() {
	directory, err := os.Open("/usr/bin")
	if err != nil {
		fmt.Println(err)
		return
	}
	const accessAgainAndAgain = 0x80000001
	call("F_NOTIFY on /usr/bin", 72, directory.Fd(), 1026, accessAgainAndAgain)
}
