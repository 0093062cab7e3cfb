// Run: --memory 64M
// Outcome: oom|timeout
// Cause: list_growth|heap_growth
package main

import "math/rand"

type tree struct {
	left, right *tree
	key         uint64
	value       [128]byte
}

func insert(t *tree, key uint64) *tree {
	if t == nil {
		return &tree{key: key}
	}
	if key < t.key {
		t.left = insert(t.left, key)
	} else {
		t.right = insert(t.right, key)
	}
	return t
}

func main() {
	var root *tree
	for {
		root = insert(root, rand.Uint64())
	}
}
