// Run: --memory 64M
// Outcome: oom
// Cause: unbounded_append
// Says: history
// Not: GOMEMLIMIT (--gomemlimit auto)
package main

import "time"

type event struct {
	at   time.Time
	name string
	body [200]byte
}

type server struct{ history []event }

func (s *server) handle(n int) {
	s.history = append(s.history, event{at: time.Now(), name: "hit"})
}

func main() {
	s := &server{}
	for i := 0; ; i++ {
		s.handle(i)
	}
}
