// Run: --memory 64M
// Outcome: oom
// Cause: list_growth
package main

type item struct {
	data [1000]byte
	next *item
}

type queue struct{ head, tail *item }

func (q *queue) push() {
	it := &item{}
	it.data[0] = 1
	if q.head == nil {
		q.head = it
		q.tail = it
		return
	}
	q.tail.next = it
	q.tail = it
}

func main() {
	var q queue
	for {
		q.push()
	}
}
