// attack: makes the linker write a huge file
// how: compile
// flags: --compile-memory 300M --compile-timeout 8s
// expect: outcome=compile_error stage=compile
// expect: outcome=oom stage=compile
// expect: outcome=timeout stage=compile
package main

var data = [1 << 30]byte{1 << 29: 1}

func main() { println(data[1<<29]) }
