package main

import "fmt"

type number interface {
	~int | ~int64 | ~float64
}

func sum[T number](values ...T) (total T) {
	for _, v := range values {
		total += v
	}
	return total
}

func apply[T, U any](values []T, f func(T) U) []U {
	out := make([]U, 0, len(values))
	for _, v := range values {
		out = append(out, f(v))
	}
	return out
}

func main() {
	fmt.Println(sum(1, 2, 3), sum(1.5, 2.5))
	fmt.Println(apply([]int{1, 2, 3}, func(i int) string { return fmt.Sprint("#", i) }))
}
