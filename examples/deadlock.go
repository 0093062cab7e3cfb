// Nothing can ever run again. Go's runtime sees that at once and exits with status 2, long before
// any time limit.
//
// run: sandbox-run examples/deadlock.go
// outcome: exited
// exit status: 2
package main

func main() {
	select {}
}
