// attack: sets GOFLAGS for the compilation by the program's environment
// how: compile
// flags: --no-direct-compile --env GOFLAGS=-toolexec=/work/evil --env CGO_ENABLED=1 --env GOROOT=/work --env GOTOOLCHAIN=go1.99
// expect: outcome=ok stdout=normal
package main

import "fmt"

func main() { fmt.Println("normal") }
