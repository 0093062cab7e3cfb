// Run: --memory 64M
// Outcome: exited|oom
// Cause: stack_overflow
// Says: stringer_calls_itself.go
package main

import "fmt"

type money int

func (m money) String() string { return fmt.Sprintf("%v EUR", m) }

func main() { fmt.Println(money(3)) }
