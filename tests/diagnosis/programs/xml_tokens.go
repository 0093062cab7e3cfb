// Run: --memory 64M
// Outcome: oom|timeout
// Cause: unbounded_append
// Says: rows
package main

import (
	"encoding/csv"
	"fmt"
	"strings"
)

func main() {
	var rows [][]string
	for i := 0; ; i++ {
		r := csv.NewReader(strings.NewReader(fmt.Sprintf("a%d,b%d,c%d\n", i, i, i)))
		row, err := r.Read()
		if err != nil {
			panic(err)
		}
		rows = append(rows, row)
	}
}
