// Run: --memory 64M
// Outcome: oom
// Cause: unbounded_append|list_growth
// Says: heap_iface.go
package main

import "container/heap"

type task struct {
	prio int
	data [64]int
}

type pq []*task

func (p pq) Len() int            { return len(p) }
func (p pq) Less(i, j int) bool  { return p[i].prio < p[j].prio }
func (p pq) Swap(i, j int)       { p[i], p[j] = p[j], p[i] }
func (p *pq) Push(x interface{}) { *p = append(*p, x.(*task)) }
func (p *pq) Pop() interface{} {
	old := *p
	x := old[len(old)-1]
	*p = old[:len(old)-1]
	return x
}

func main() {
	q := &pq{}
	for i := 0; ; i++ {
		heap.Push(q, &task{prio: i})
		if i%10 == 0 {
			heap.Pop(q)
		}
	}
}
