// Run: --memory 64M
// Outcome: oom
// Cause: map_growth
// Says: names
package main

import "fmt"

var names = map[string]string{}

func intern(s string) string {
	if known, ok := names[s]; ok {
		return known
	}
	names[s] = s
	return s
}

func main() {
	for i := 0; ; i++ {
		_ = intern(fmt.Sprintf("request-%0200d", i))
	}
}
