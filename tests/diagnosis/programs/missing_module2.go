// Run: --modules off
// Outcome: compile_error|fetch_error
// Cause: module_missing
// Says: github.com/sirupsen/logrus
package main

import (
	"fmt"

	log "github.com/sirupsen/logrus"
)

func main() {
	fmt.Println("x")
	log.Info("y")
}
