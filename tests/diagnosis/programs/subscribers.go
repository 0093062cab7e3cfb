// Run: --memory 64M
// Outcome: oom
// Cause: unbounded_append|map_growth
// Says: b.subs
package main

type broker struct{ subs map[string][]chan string }

func (b *broker) subscribe(topic string) chan string {
	ch := make(chan string, 64)
	b.subs[topic] = append(b.subs[topic], ch)
	return ch
}

func main() {
	b := &broker{subs: map[string][]chan string{}}
	for {
		b.subscribe("news")
	}
}
