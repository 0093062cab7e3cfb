// Imports a package of a module that is not beside it, and nothing may be fetched.
//
//	sandbox-run --modules off examples/diagnosis/missing_module.go
//
// Outcome: compile_error in the compile stage. First hint: module_missing.
package main

import (
	"fmt"

	"example.org/shop/basket"
)

func main() {
	fmt.Println(basket.New())
}
