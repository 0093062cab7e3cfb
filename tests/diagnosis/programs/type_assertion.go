// Outcome: exited
// Cause: panic
package main

import (
	"encoding/json"
	"fmt"
)

func main() {
	var v any
	json.Unmarshal([]byte(`{"age": 41}`), &v)
	fmt.Println(v.(map[string]any)["age"].(int))
}
