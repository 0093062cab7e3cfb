// Run: --run-timeout 2s
// Outcome: timeout
// Cause: lock_held
// Says: lock_holder_fourth.go:22
package main

import (
	"net"
	"sync"
	"time"
)

type store struct {
	mu   sync.Mutex
	rows map[int]int
}

func (s *store) refresh(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	buf := make([]byte, 8)
	conn.Read(buf)
	s.rows[0] = int(buf[0])
}

func (s *store) get(i int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rows[i]
}

func (s *store) put(i int) {
	s.mu.Lock()
	s.rows[i] = i
	s.mu.Unlock()
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		panic(err)
	}
	s := &store{rows: map[int]int{}}
	go s.refresh(conn)
	time.Sleep(50 * time.Millisecond)
	var wg sync.WaitGroup
	for i := 0; i < 40; i++ {
		wg.Add(2)
		go func(i int) { defer wg.Done(); s.get(i) }(i)
		go func(i int) { defer wg.Done(); s.put(i) }(i)
	}
	wg.Wait()
}
