// attack: reads PID 1's memory and environment through /proc
// how: run
// expect: outcome=ok stdout="/proc/1/mem: REFUSED" stdout="/proc/1/environ: REFUSED" stdout="/proc/1/maps: REFUSED" stdout="/proc/1/auxv: REFUSED" stdout="/proc/1/stack: REFUSED"
package main

import "os"

func main() {
	for _, name := range []string{"mem", "environ", "maps", "auxv", "pagemap", "stack", "syscall", "io"} {
		path := "/proc/1/" + name
		_, err := os.ReadFile(path)
		attempt(path, err)
	}
}
