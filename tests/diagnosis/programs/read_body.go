// Run: --memory 64M
// Outcome: oom
// Cause: read_all|buffer_growth
// Says: io.ReadAll
package main

import (
	"io"
	"strings"
)

type endless struct{ r *strings.Reader }

func (e *endless) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if err == io.EOF {
		e.r.Reset("some more of it ")
		return n, nil
	}
	return n, err
}

func slurp(r io.Reader) (string, error) {
	b, err := io.ReadAll(r)
	return string(b), err
}

func main() {
	s, _ := slurp(&endless{strings.NewReader("x")})
	println(len(s))
}
