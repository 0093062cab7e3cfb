// Run: --memory 64M
// Outcome: oom
// Cause: ticker_never_stopped|goroutine_leak
package main

import "time"

type watcher struct{ last time.Time }

func (w *watcher) run(every time.Duration) {
	t := time.NewTicker(every)
	for now := range t.C {
		w.last = now
	}
}

func main() {
	for {
		w := &watcher{}
		go w.run(time.Minute)
	}
}
