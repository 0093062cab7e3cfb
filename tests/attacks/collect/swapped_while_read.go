// attack: leaves a process that swaps and grows the files while they are read
// how: keep
// expect: outcome=leaked_processes kept=grown
package main

import (
	"os"
	"os/exec"
	"time"
)

func main() {
	os.WriteFile("/work/grown", []byte("x"), 0644)
	exec.Command("/bin/sh", "-c", "while :; do rm -f /work/swapped; ln -s /etc/passwd /work/swapped; rm -f /work/swapped; echo x >/work/swapped; echo x >>/work/grown; done").Start()
	time.Sleep(50 * time.Millisecond)
}
