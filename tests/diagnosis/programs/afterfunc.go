// Run: --memory 64M
// Outcome: oom
// Cause: timer_growth
// Says: time.AfterFunc
package main

import "time"

type lease struct {
	id    int
	extra [200]byte
}

func grant(id int) *lease {
	l := &lease{id: id}
	time.AfterFunc(time.Hour, func() { expire(l) })
	return l
}

func expire(l *lease) { l.id = -1 }

func main() {
	sum := 0
	for i := 0; ; i++ {
		sum += grant(i).id
	}
}
