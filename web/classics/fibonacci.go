package main

import "fmt"

// fib returns a function that returns successive Fibonacci numbers.
func fib() func() int {
	a, b := 0, 1
	return func() int {
		a, b = b, a+b
		return a
	}
}

func main() {
	next := fib()
	for i := 0; i < 20; i++ {
		fmt.Print(next(), " ")
	}
	fmt.Println()
}
