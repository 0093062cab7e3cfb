// attack: declares an array larger than the machine
// how: compile
// expect: outcome=compile_error stage=compile
// expect: outcome=oom stage=compile
// expect: outcome=timeout stage=compile
// expect: outcome=signaled
package main

var huge [1 << 46]byte

func main() { println(len(huge)); huge[1] = 1 }
