// Run: --memory 64M
// Outcome: oom
// Cause: list_growth
// Says: container/list
package main

import "container/list"

func main() {
	l := list.New()
	for i := 0; ; i++ {
		l.PushBack(make([]byte, 512))
		if i%3 == 0 {
			l.MoveToFront(l.Back())
		}
	}
}
