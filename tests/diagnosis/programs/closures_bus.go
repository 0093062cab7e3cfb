// Run: --memory 64M
// Outcome: oom
// Cause: map_growth|unbounded_append
// Says: handlers
package main

type bus struct {
	handlers map[string][]func(int)
}

func (b *bus) on(topic string, h func(int)) {
	b.handlers[topic] = append(b.handlers[topic], h)
}

func attach(b *bus, id int) {
	state := make([]byte, 2048)
	state[0] = byte(id)
	b.on("update", func(v int) { state[v%len(state)]++ })
}

func main() {
	b := &bus{handlers: map[string][]func(int){}}
	for id := 0; ; id++ {
		attach(b, id)
	}
}
