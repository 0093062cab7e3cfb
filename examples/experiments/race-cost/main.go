// Goroutines that share a counter. "locked" is right; "racy" always races; "rare" races only in one
// run of four, so that one run without a report proves nothing.
package main

import (
	"fmt"
	"os"
	"sync"
	"time"
)

func count(n int, lock sync.Locker) int {
	counter := 0
	var done sync.WaitGroup
	for i := 0; i < 2; i++ {
		done.Add(1)
		go func() {
			defer done.Done()
			for j := 0; j < n; j++ {
				lock.Lock()
				counter++
				lock.Unlock()
			}
		}()
	}
	done.Wait()
	return counter
}

type noLock struct{}

func (noLock) Lock()   {}
func (noLock) Unlock() {}

func main() {
	table := make(map[int][]byte)
	for i := 0; i < 4000; i++ {
		table[i] = make([]byte, 1024)
	}
	var lock sync.Locker = new(sync.Mutex)
	mode := os.Args[len(os.Args)-1]
	if mode == "racy" || mode == "rare" && time.Now().UnixNano()/1000%4 == 0 {
		lock = noLock{}
	}
	fmt.Println("counted", count(20_000, lock) > 0, len(table))
}
