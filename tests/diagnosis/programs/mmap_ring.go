// Run: --memory 64M
// Outcome: oom
// Cause: off_heap
// Says: mmap_ring.go:17
package main

import "syscall"

type segment struct {
	mem  []byte
	used int
}

type wal struct{ segs []segment }

func (w *wal) rotate() {
	mem, err := syscall.Mmap(-1, 0, 4<<20, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	w.segs = append(w.segs, segment{mem: mem})
}

func (w *wal) write(p []byte) {
	last := &w.segs[len(w.segs)-1]
	if last.used+len(p) > len(last.mem) {
		w.rotate()
		last = &w.segs[len(w.segs)-1]
	}
	last.used += copy(last.mem[last.used:], p)
}

func main() {
	w := &wal{}
	w.rotate()
	rec := make([]byte, 1024)
	for i := range rec {
		rec[i] = byte(i)
	}
	for {
		w.write(rec)
	}
}
