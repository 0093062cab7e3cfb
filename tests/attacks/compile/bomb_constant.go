// attack: computes a constant without end
// how: compile
// flags: --compile-timeout 8s
// expect: outcome=compile_error stage=compile
package main

const big = 1 << 100000000 << 100000000

func main() { println(big) }
