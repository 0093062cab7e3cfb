// attack: starts goroutines without end
// how: run
// flags: --memory 64M
// expect: outcome=oom
package main

func main() {
	for {
		go func() { select {} }()
	}
}
