// Concurrent computation of pi: a goroutine for each term of the series.
package main

import (
	"fmt"
	"math"
)

func main() {
	fmt.Println(pi(5000))
}

func pi(n int) float64 {
	terms := make(chan float64)
	for k := 0; k < n; k++ {
		go func(k float64) {
			terms <- 4 * math.Pow(-1, k) / (2*k + 1)
		}(float64(k))
	}
	sum := 0.0
	for k := 0; k < n; k++ {
		sum += <-terms
	}
	return sum
}
