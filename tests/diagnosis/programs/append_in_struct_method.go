// Run: --memory 64M
// Outcome: oom
// Cause: unbounded_append
// Says: m.samples
package main

import "time"

type metrics struct{ samples []time.Duration }

func (m *metrics) observe(start time.Time) { m.samples = append(m.samples, time.Since(start)) }

func main() {
	m := &metrics{}
	start := time.Now()
	for {
		m.observe(start)
	}
}
