// attack: writes a file where a run beside it may look
// how: beside
// expect: outcome=ok stdout="/tmp/gobox-attack: REFUSED" stdout="/dev/shm/gobox-attack: REFUSED"
package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	if os.Args[1] == "leave" {
		os.WriteFile("/tmp/gobox-attack", []byte("secret"), 0666)
		os.WriteFile("/dev/shm/gobox-attack", []byte("secret"), 0666)
		fmt.Println("READY")
		time.Sleep(time.Minute)
		return
	}
	for _, path := range []string{"/tmp/gobox-attack", "/dev/shm/gobox-attack"} {
		_, err := os.Stat(path)
		attempt(path, err)
	}
}
