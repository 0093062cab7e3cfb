// attack: recurses without end
// how: run
// flags: --memory 64M
// expect: outcome=oom
// expect: outcome=exited exit=2 stderr="stack"
package main

import "fmt"

func deeper(n int) int { return deeper(n+1) + n }

func main() {
	fmt.Println(deeper(1))
}
