// Run: --memory 64M
// Outcome: oom
// Cause: list_growth|heap_growth
// Says: tree_balanced.go
package main

type node[K int | string, V any] struct {
	k     K
	v     V
	left  *node[K, V]
	right *node[K, V]
}

type tree[K int | string, V any] struct{ root *node[K, V] }

func (t *tree[K, V]) put(k K, v V) {
	at := &t.root
	for *at != nil {
		if k < (*at).k {
			at = &(*at).left
		} else {
			at = &(*at).right
		}
	}
	*at = &node[K, V]{k: k, v: v}
}

func main() {
	t := &tree[int, [100]int]{}
	x := 1
	for {
		x = x*1103515245 + 12345
		t.put(x, [100]int{x})
	}
}
