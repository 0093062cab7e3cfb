// Run: --memory 96M --run-timeout 20s
// Outcome: oom|timeout
// Cause: unbounded_append
// Says: bodies
package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

type app struct {
	mu     sync.Mutex
	bodies [][]byte
}

func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	a.bodies = append(a.bodies, body)
	a.mu.Unlock()
	w.WriteHeader(204)
}

func main() {
	s := httptest.NewServer(&app{})
	defer s.Close()
	text := strings.Repeat("x", 200<<10)
	for i := 0; i < 100000; i++ {
		r, err := http.Post(s.URL, "text/plain", strings.NewReader(text))
		if err != nil {
			panic(err)
		}
		r.Body.Close()
	}
}
