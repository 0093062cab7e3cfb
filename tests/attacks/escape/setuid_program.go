// attack: makes a program that runs as another user
// how: run
// expect: outcome=ok stdout="still the same user: REFUSED" stdout="setuid bit counts: REFUSED"
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

func main() {
	data, err := os.ReadFile("/usr/bin/id")
	if err != nil {
		fmt.Println(err)
		return
	}
	os.WriteFile("/work/id", data, 0755)
	syscall.Chmod("/work/id", 06755)
	out, err := exec.Command("/work/id", "-u").CombinedOutput()
	expect("still the same user", err == nil && strings.TrimSpace(string(out)) == "1000")
	var stat syscall.Statfs_t
	const nosuid = 2
	expect("setuid bit counts", syscall.Statfs("/work", &stat) == nil && stat.Flags&nosuid != 0)
}
