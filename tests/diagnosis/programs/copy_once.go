// Run: --memory 64M
// Outcome: oom
// Cause: big_allocation|heap_growth
// Says: copy_once.go:
// Not: only grows
// Not: appended
package main

type table struct{ cells []float64 }

func fill(n int) *table {
	t := &table{cells: make([]float64, n)}
	for i := range t.cells {
		t.cells[i] = float64(i)
	}
	return t
}

func (t *table) clone() *table {
	c := &table{cells: make([]float64, len(t.cells))}
	copy(c.cells, t.cells)
	return c
}

func main() {
	t := fill(3 << 20)
	snapshots := [3]*table{t.clone(), t.clone(), t.clone()}
	println(snapshots[0].cells[1], snapshots[2].cells[1], t.cells[2])
}
