// Run: --memory 64M
// Outcome: oom|timeout
// Cause: map_growth
// Says: docs
// Not: slice appended
package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

type doc struct {
	Name string
	Tags []string
}

func parse(i int) (doc, error) {
	var d doc
	text := fmt.Sprintf(`{"Name":"n%d","Tags":["a%d","b%d","c%d","%s"]}`, i, i, i, i, strings.Repeat("x", 200))
	err := json.NewDecoder(strings.NewReader(text)).Decode(&d)
	return d, err
}

func main() {
	docs := map[int]doc{}
	for i := 0; ; i++ {
		d, err := parse(i)
		if err != nil {
			panic(err)
		}
		docs[i] = d
	}
}
