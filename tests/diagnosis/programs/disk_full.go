// Run: --disk 4M
// Outcome: exited
// Cause: panic|tmpfs
// Says: no space left
package main

import "os"

func main() {
	for i := 0; ; i++ {
		f, err := os.OpenFile("/tmp/log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			panic(err)
		}
		if _, err := f.Write(make([]byte, 1<<20)); err != nil {
			panic(err)
		}
		f.Close()
	}
}
