// attack: imports itself
// how: compile
// expect: outcome=compile_error stage=compile
package main

import _ "attack"

func main() { println("ESCAPED") }
