// Run: --memory 64M
// Outcome: oom
// Cause: unbounded_append
// Says: pending
package main

type task struct{ payload [256]byte }

type queue struct{ pending []*task }

func (q *queue) push(t *task) { q.pending = append(q.pending, t) }

func (q *queue) pop() *task {
	t := q.pending[0]
	q.pending = q.pending[1:]
	return t
}

func main() {
	q := &queue{}
	for {
		q.push(&task{})
		q.push(&task{})
		q.pop()
	}
}
