// Run: --run-timeout 2s
// Outcome: exited|timeout
// Cause: deadlock|lock_twice|lock_held
// Not: needs less work
package main

import "sync"

var (
	once   sync.Once
	config string
)

func load() string {
	once.Do(func() { config = "c" + load() })
	return config
}

func main() { println(load()) }
