// attack: starts goroutines without end
// how: run
// flags: --memory 64M --run-timeout 8s
// expect: outcome=oom
package main

func main() {
	for {
		go func() { select {} }()
	}
}
