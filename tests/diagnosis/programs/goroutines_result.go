// Run: --memory 96M --run-timeout 20s
// Outcome: oom
// Cause: goroutine_leak
// Says: goroutines_result.go
package main

import "time"

type reply struct{ body []byte }

func fetch(i int) reply {
	return reply{body: make([]byte, 40<<10)}
}

func withTimeout(i int) (reply, bool) {
	out := make(chan reply)
	go func() {
		r := fetch(i)
		for j := range r.body {
			r.body[j] = 1
		}
		out <- r
	}()
	select {
	case r := <-out:
		return r, true
	case <-time.After(time.Microsecond):
		return reply{}, false
	}
}

func main() {
	ok := 0
	for i := 0; ; i++ {
		if _, done := withTimeout(i); done {
			ok++
		}
	}
}
