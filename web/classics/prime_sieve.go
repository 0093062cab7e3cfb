// A concurrent prime sieve: each prime is a goroutine that lets pass what it does not divide.
package main

import "fmt"

func generate(out chan<- int) {
	for i := 2; ; i++ {
		out <- i
	}
}

func filter(in <-chan int, out chan<- int, prime int) {
	for {
		if i := <-in; i%prime != 0 {
			out <- i
		}
	}
}

func main() {
	numbers := make(chan int)
	go generate(numbers)
	for i := 0; i < 25; i++ {
		prime := <-numbers
		fmt.Println(prime)
		next := make(chan int)
		go filter(numbers, next, prime)
		numbers = next
	}
}
