// Run: --memory 64M
// Outcome: oom
// Cause: read_all|buffer_growth
// Says: io.ReadAll
package main

import (
	"fmt"
	"io"
)

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 7
	}
	return len(p), nil
}

func main() {
	all, err := io.ReadAll(zeros{})
	fmt.Println(len(all), err)
}
