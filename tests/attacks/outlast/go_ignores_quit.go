// attack: catches SIGQUIT and goes on
// how: run
// flags: --run-timeout 400ms
// expect: outcome=timeout limit=wall
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGQUIT, syscall.SIGTERM)
	for range signals {
	}
}
