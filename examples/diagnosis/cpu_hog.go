// Parses the same JSON for ever.
//
//	sandbox-run --run-timeout 1s examples/diagnosis/cpu_hog.go
//
// Outcome: timeout. First hint: busy.
package main

import (
	"encoding/json"
	"strings"
)

func parse(text string) (records []map[string]int) {
	if err := json.Unmarshal([]byte(text), &records); err != nil {
		panic(err)
	}
	return records
}

func main() {
	text := "[" + strings.Repeat(`{"a": 1, "b": 2, "c": 3},`, 2000) + `{"d": 4}]`
	for {
		parse(text)
	}
}
