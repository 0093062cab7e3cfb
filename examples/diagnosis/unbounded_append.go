// A slice that is appended to for ever.
//
//	sandbox-run --memory 64M examples/diagnosis/unbounded_append.go
//
// Outcome: oom. First hint: unbounded_append.
package main

import "time"

type event struct {
	id      int
	payload [256]byte
}

type recorder struct {
	history []event
}

func (r *recorder) record(id int) {
	e := event{id: id}
	for i := range e.payload {
		e.payload[i] = byte(id)
	}
	r.history = append(r.history, e)
}

func main() {
	r := &recorder{}
	for id := 0; ; id++ {
		r.record(id)
		if id%1024 == 0 {
			time.Sleep(2 * time.Millisecond) // until more events come
		}
	}
}
