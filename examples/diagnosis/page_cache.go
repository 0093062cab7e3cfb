// Reads many big files: the memory is the kernel's cache of them, and no shortage.
//
//	sandbox-run --policy examples/diagnosis/page_cache.json --memory 48M --run-timeout 20s examples/diagnosis/page_cache.go
//
// Outcome: ok. First hint: page_cache.
package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// Files others have read lie in their cache; dropped first, they come back into ours.
const dontNeed = 4

func read(path string) int64 {
	file, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer file.Close()
	syscall.Syscall6(syscall.SYS_FADVISE64, file.Fd(), 0, 0, dontNeed, 0, 0)
	n, _ := io.Copy(io.Discard, file)
	return n
}

func main() {
	var total int64
	filepath.WalkDir(runtime.GOROOT(), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && total < 120<<20 {
			total += read(path)
		}
		return nil
	})
	time.Sleep(50 * time.Millisecond)
	fmt.Println(total > 0)
}
