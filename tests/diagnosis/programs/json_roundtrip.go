// Run: --memory 64M
// Outcome: oom|timeout
// Cause: unbounded_append
// Says: r.rows
// Not: Builder
package main

import (
	"encoding/json"
	"strings"
)

type rowT struct {
	ID   int
	Text string
}

type repo struct{ rows []rowT }

func (r *repo) importOne(doc string) error {
	var v rowT
	if err := json.Unmarshal([]byte(doc), &v); err != nil {
		return err
	}
	r.rows = append(r.rows, v)
	return nil
}

func main() {
	r := &repo{}
	doc := `{"ID":1,"Text":"` + strings.Repeat("t", 2000) + `"}`
	for {
		if err := r.importOne(doc); err != nil {
			panic(err)
		}
	}
}
