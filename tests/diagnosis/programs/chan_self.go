// Run: --run-timeout 2s
// Outcome: exited
// Cause: deadlock
// Says: chan_self.go:9
package main

type mailbox struct{ in chan string }

func (m *mailbox) say(s string) { m.in <- s }

func main() {
	m := &mailbox{in: make(chan string)}
	m.say("hello")
	println(<-m.in)
}
