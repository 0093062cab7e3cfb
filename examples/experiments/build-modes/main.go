// The smallest program that needs a good part of the standard library.
package main

import "fmt"

func main() { fmt.Println("built") }
