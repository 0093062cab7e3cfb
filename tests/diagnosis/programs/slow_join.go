// Run: --run-timeout 1s
// Outcome: timeout
// Cause: busy
// Says: slow_join.go
// Not: no limit is long enough
package main

import "sort"

type rec struct{ id, ref int }

func join(a, b []rec) (n int) {
	for _, x := range a {
		for _, y := range b {
			if x.ref == y.id {
				n++
			}
		}
	}
	return
}

func main() {
	a, b := make([]rec, 300000), make([]rec, 300000)
	for i := range a {
		a[i] = rec{i, i * 7}
		b[i] = rec{i, i * 3}
	}
	sort.Slice(a, func(i, j int) bool { return a[i].ref < a[j].ref })
	println(join(a, b))
}
