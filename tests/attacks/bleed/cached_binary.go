// attack: signals to a run of the same cached binary by the times of the file both execute
// how: beside
// expect: outcome=ok stdout="reads by others seen: REFUSED"
package main

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

func read() {
	file, err := os.Open("/proc/self/exe")
	if err != nil {
		return
	}
	var bytes [16]byte
	file.Read(bytes[:])
	file.Close()
}

func accessed() syscall.Timespec {
	var status syscall.Stat_t
	if err := syscall.Stat("/proc/self/exe", &status); err != nil {
		fmt.Println("stat: ESCAPED", err)
	}
	return status.Atim
}

func main() {
	if os.Args[1] == "leave" {
		fmt.Println("READY")
		for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			read()
		}
		return
	}
	before := accessed()
	seen := false
	for i := 0; i < 100 && !seen; i++ {
		time.Sleep(5 * time.Millisecond)
		seen = accessed() != before
	}
	expect("reads by others seen", !seen)
}
