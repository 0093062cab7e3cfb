// Run: --memory 64M
// Outcome: oom
// Cause: map_growth|unbounded_append
// Says: groups
package main

import "fmt"

func main() {
	groups := map[string][]string{}
	for i := 0; ; i++ {
		key := fmt.Sprint("group", i%50)
		groups[key] = append(groups[key], fmt.Sprintf("member number %d of the group", i))
	}
}
