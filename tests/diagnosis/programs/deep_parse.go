// Run: --memory 256M
// Outcome: exited|oom
// Cause: stack_overflow|deep_stacks
// Says: deep_parse.go
package main

type expr interface{ eval() int }
type neg struct{ x expr }
type num int

func (n num) eval() int { return int(n) }
func (n neg) eval() int {
	var pad [64]int
	pad[0] = -n.x.eval()
	return pad[0]
}

func parse(s string, at int) (expr, int) {
	if at < len(s) && s[at] == '-' {
		x, next := parse(s, at)
		return neg{x}, next
	}
	return num(1), at
}

func main() {
	e, _ := parse("---1", 0)
	println(e.eval())
}
