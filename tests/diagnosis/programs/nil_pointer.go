// Run:
// Outcome: exited
// Cause: nil_dereference
// Says: nil_pointer.go:12
package main

type user struct{ name string }

func find(id int) *user { return nil }

func main() {
	println(find(3).name)
}
