// Three ways to use memory, for a grid of GOGC, GOMEMLIMIT and memory limits.
//
//	leak      grows without end, a little at a time
//	burst     is small, then takes 48 MiB at one instant
//	garbage   24 MiB stay live while 400 MiB come and go
//	sawtooth  the live heap climbs to 24 MiB and falls to nothing, again and again
package main

import (
	"fmt"
	"os"
	"time"
)

const mebibyte = 1 << 20

var (
	kept [][]byte
	sink []byte
)

// block is written to: memory that is never touched costs nothing.
func block(size int) []byte {
	b := make([]byte, size)
	for i := 0; i < size; i += 512 {
		b[i] = 1
	}
	return b
}

func keep(mebibytes int) {
	for i := 0; i < mebibytes; i++ {
		kept = append(kept, block(mebibyte))
	}
}

func leak() {
	for i := 0; i < 1024; i++ {
		keep(1)
	}
}

func burst() {
	keep(4)
	time.Sleep(100 * time.Millisecond)
	sink = block(48 * mebibyte)
}

func garbage() {
	keep(24)
	for i := 0; i < 400; i++ {
		sink = block(mebibyte)
	}
}

func sawtooth() {
	for tooth := 0; tooth < 16; tooth++ {
		kept = nil
		keep(24)
	}
}

func main() {
	modes := map[string]func(){"leak": leak, "burst": burst, "garbage": garbage, "sawtooth": sawtooth}
	mode := modes[os.Args[len(os.Args)-1]]
	if mode == nil {
		fmt.Println("usage: main leak|burst|garbage|sawtooth")
		os.Exit(2)
	}
	mode()
	fmt.Printf("live_mib=%d\n", len(kept))
}
