// Run: --memory 128M
// Outcome: oom|timeout
// Cause: goroutine_leak
// Says: goroutines
package main

import (
	"bufio"
	"net"
	"time"
)

func serve(c net.Conn) {
	r := bufio.NewReaderSize(c, 128<<10)
	w := bufio.NewWriterSize(c, 64<<10)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		w.WriteString(line)
	}
}

func main() {
	for i := 0; ; i++ {
		a, b := net.Pipe()
		go serve(a)
		go func() {
			time.Sleep(time.Hour)
			b.Close()
		}()
	}
}
