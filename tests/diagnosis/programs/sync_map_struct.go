// Run: --memory 64M
// Outcome: oom
// Cause: map_growth
// Says: sync.Map
// Not: slice
package main

import (
	"fmt"
	"sync"
)

type session struct {
	token string
	data  [512]byte
}

type store struct {
	sessions sync.Map
}

func (s *store) open(id int) *session {
	fresh := &session{token: fmt.Sprintf("tok-%d", id)}
	got, _ := s.sessions.LoadOrStore(id, fresh)
	return got.(*session)
}

func main() {
	var s store
	scratch := make([]string, 0, 16)
	for id := 0; ; id++ {
		ses := s.open(id)
		scratch = append(scratch, ses.token)
		if len(scratch) == 16 {
			scratch = scratch[:0]
		}
	}
}
