// Run: --memory 64M
// Outcome: oom
// Cause: unbounded_append
// Says: sessions
package main

import "fmt"

type session struct {
	id   string
	data []byte
}

var sessions []*session

func open(id string) *session {
	s := &session{id: id, data: make([]byte, 8<<10)}
	sessions = append(sessions, s)
	return s
}

func main() {
	for i := 0; ; i++ {
		open(fmt.Sprint(i)).data[0] = 1
	}
}
