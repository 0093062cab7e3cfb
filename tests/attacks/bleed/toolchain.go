// attack: changes the toolchain that compiles the next program
// how: pair
// expect: outcome=ok stdout="toolchain changed: REFUSED"
package main

import (
	"fmt"
	"os"
	"runtime"
)

func main() {
	if os.Args[1] == "leave" {
		os.WriteFile(runtime.GOROOT()+"/src/fmt/gobox.go", []byte("package fmt"), 0666)
		os.WriteFile(runtime.GOROOT()+"/bin/go", []byte("#!/bin/sh"), 0777)
		fmt.Println("LEFT")
		return
	}
	_, err := os.Stat(runtime.GOROOT() + "/src/fmt/gobox.go")
	expect("toolchain changed", err != nil)
}
