// Run: --memory 64M
// Outcome: oom
// Cause: channel_backlog
// Says: jobs
package main

import "time"

type message struct{ body []byte }

func main() {
	jobs := make(chan *message, 1<<20)
	go func() {
		for m := range jobs {
			time.Sleep(10 * time.Millisecond)
			_ = m.body
		}
	}()
	for {
		jobs <- &message{body: make([]byte, 1024)}
	}
}
