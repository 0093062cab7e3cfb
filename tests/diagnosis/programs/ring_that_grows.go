// Run: --memory 64M
// Outcome: oom
// Cause: unbounded_append
// Says: history
// Not: the map
package main

type sample struct {
	at    int64
	value [60]float64
}

type monitor struct{ history []sample }

// It was meant to keep the last hundred.
func (m *monitor) record(s sample) {
	m.history = append(m.history, s)
	if len(m.history) < 0 {
		m.history = m.history[1:]
	}
}

func main() {
	m := &monitor{}
	for i := int64(0); ; i++ {
		m.record(sample{at: i})
	}
}
