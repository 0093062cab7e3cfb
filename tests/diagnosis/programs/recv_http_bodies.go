// Run: --memory 96M --run-timeout 20s
// Outcome: oom|timeout
// Cause: map_growth
// Says: c.seen
package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

type collector struct {
	mu   sync.Mutex
	seen map[string][]byte
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), 400)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[r.URL.Path] = body
	fmt.Fprintln(w, len(c.seen))
}

func main() {
	c := &collector{seen: map[string][]byte{}}
	srv := httptest.NewServer(c)
	for i := 0; ; i++ {
		resp, err := http.Post(fmt.Sprintf("%s/%d", srv.URL, i), "text/plain", strings.NewReader(strings.Repeat("b", 100<<10)))
		if err != nil {
			panic(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}
