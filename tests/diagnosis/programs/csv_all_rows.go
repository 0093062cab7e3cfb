// Run: --memory 48M
// Outcome: oom
// Cause: read_all|unbounded_append|buffer_growth
// Not: GOMEMLIMIT was off
package main

import (
	"encoding/csv"
	"fmt"
	"io"
)

func main() {
	r, w := io.Pipe()
	go func() {
		for i := 0; ; i++ {
			fmt.Fprintf(w, "%d,name of a customer,street and number %d,town\n", i, i)
		}
	}()
	rows, err := csv.NewReader(r).ReadAll()
	fmt.Println(len(rows), err)
}
