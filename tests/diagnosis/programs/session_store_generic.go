// Run: --memory 64M
// Outcome: oom
// Cause: map_growth
// Says: items
// Not: slice appended
// Not: GOMEMLIMIT was off
package main

import "strconv"

type store[K comparable, V any] struct{ items map[K]V }

func newStore[K comparable, V any]() *store[K, V] { return &store[K, V]{items: map[K]V{}} }

func (s *store[K, V]) put(key K, value V) { s.items[key] = value }

type session struct {
	user string
	page [2048]byte
}

func main() {
	sessions := newStore[string, *session]()
	for i := 0; ; i++ {
		sessions.put("s"+strconv.Itoa(i), &session{user: "u"})
	}
}
