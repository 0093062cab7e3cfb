// Run: --memory 64M
// Outcome: oom
// Cause: off_heap
// Says: mmap
// Not: keep less at a time
package main

import (
	"syscall"
)

var regions [][]byte

func main() {
	for {
		region, err := syscall.Mmap(-1, 0, 4<<20, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
		if err != nil {
			panic(err)
		}
		for i := 0; i < len(region); i += 4096 {
			region[i] = 1
		}
		regions = append(regions, region)
	}
}
