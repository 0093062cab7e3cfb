// attack: attaches the host's System V memory by its key
// how: run
// expect: outcome=ok stdout="shmget(host): REFUSED ENOENT"
package main

import (
	"fmt"
	"os"
	"strconv"
)

func main() {
	key, err := strconv.Atoi(os.Getenv("PROBE_SHM"))
	if err != nil {
		fmt.Println("no probe")
		return
	}
	call("shmget(host)", 29, uintptr(key), 4096, 0)
}
