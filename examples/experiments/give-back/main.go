// Uses 64 MiB, drops them and gives them back to the system, and tells what of the process is
// resident after each step. With GODEBUG=madvdontneed=0 memory is only offered (MADV_FREE): it stays
// counted until somebody else needs it.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

const mebibyte = 1 << 20

func resident(step string) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		panic(err)
	}
	var pages int
	fmt.Sscan(strings.Fields(string(text))[1], &pages)
	fmt.Printf("%s=%.1f\n", step, float64(pages*os.Getpagesize())/mebibyte)
	// Long enough for a timeline to show the step.
	time.Sleep(60 * time.Millisecond)
}

func main() {
	resident("at_start")
	var kept [][]byte
	for i := 0; i < 64; i++ {
		b := make([]byte, mebibyte)
		for j := 0; j < len(b); j += 512 {
			b[j] = 1
		}
		kept = append(kept, b)
	}
	resident("full")
	runtime.KeepAlive(kept)
	kept = nil
	runtime.GC()
	resident("after_gc")
	debug.FreeOSMemory()
	resident("given_back")
}
