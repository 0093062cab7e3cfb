// Form: test
// Run: --run-timeout 2s
// Outcome: timeout
// Cause: blocked|deadlock|goroutine_leak
// Says: TestDrain
package shop

import "testing"

type queue struct{ in chan int }

func (q *queue) drain() int {
	n := 0
	for v := range q.in {
		n += v
	}
	return n
}

func TestFine(t *testing.T) {}

func TestDrain(t *testing.T) {
	q := &queue{in: make(chan int, 4)}
	q.in <- 1
	if q.drain() != 1 {
		t.Fail()
	}
}
