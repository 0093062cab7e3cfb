// attack: locks a file that other sandboxes and the host use too
// how: run
// expect: outcome=ok stdout="flock(/usr/bin/env): REFUSED ENOLCK"
package main

func main() {
	call("flock(/usr/bin/env)", 73, 0, 2)
}
