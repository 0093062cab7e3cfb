// A module with a vendored dependency. The sandbox has no network and asks no proxy: what a module
// needs beyond the standard library must be in its vendor folder.
//
// run: sandbox-run examples/module
// outcome: ok
// exit status: 0
package main

import (
	"fmt"

	"example.com/shout"
)

func main() {
	fmt.Println(shout.Shout("vendored"))
}
