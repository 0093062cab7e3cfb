// One request for more memory than there can be. The runtime refuses it by itself: nothing was
// touched, so the kernel killed nobody and this is not "oom".
//
// run: sandbox-run examples/huge_make.go
// outcome: exited
// exit status: 2
package main

import "fmt"

// A variable: the compiler would refuse a constant of this size.
var terabyte = 1 << 40

func main() {
	bytes := make([]byte, terabyte)
	fmt.Println(len(bytes))
}
