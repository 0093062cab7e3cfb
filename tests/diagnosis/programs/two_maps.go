// Run: --memory 64M
// Outcome: oom
// Cause: map_growth
// Says: s.bodies
package main

import "fmt"

type server struct {
	hits   map[string]int
	bodies map[string]string
}

func (s *server) handle(path string) {
	s.hits[path[:4]]++
	body := fmt.Sprintf("%s %01024d", path, len(path))
	s.bodies[path] = body
}

func main() {
	s := &server{hits: map[string]int{}, bodies: map[string]string{}}
	for i := 0; ; i++ {
		s.handle(fmt.Sprintf("/p/%d", i))
	}
}
