// Run: --memory 64M
// Outcome: oom|timeout
// Cause: channel_backlog
// Says: events
package main

import "time"

type event struct {
	name    string
	payload []byte
}

type hub struct{ events chan event }

func newHub() *hub { return &hub{events: make(chan event, 1<<20)} }

func (h *hub) publish(name string) {
	h.events <- event{name: name, payload: make([]byte, 4096)}
}

func (h *hub) drain() {
	for e := range h.events {
		time.Sleep(time.Millisecond)
		_ = e.name
	}
}

func main() {
	h := newHub()
	go h.drain()
	for {
		h.publish("tick")
	}
}
