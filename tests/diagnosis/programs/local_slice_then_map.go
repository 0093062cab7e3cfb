// Run: --memory 64M
// Outcome: oom
// Cause: map_growth
// Says: byUser
// Not: slice appended
package main

import "strconv"

var byUser = make(map[string][]string)

func fields(i int) []string {
	parts := []string{}
	for j := 0; j < 24; j++ {
		parts = append(parts, strconv.Itoa(i*100+j))
	}
	return parts
}

func main() {
	for i := 0; ; i++ {
		row := fields(i)
		byUser["user"+strconv.Itoa(i)] = row
	}
}
