// Every level instantiates two new types: 2^16 of them.
//
//	sandbox-run --compile-memory 160M --compile-timeout 20s --total-timeout 40s examples/diagnosis/compile_generics.go
//
// Outcome: oom in the compile stage. First hint: compile_generics.
package main

type left[T any] struct{ value T }

type right[T any] struct{ value T }

func level0[T any](value T) int {
	return level1(left[T]{value}) + level1(right[T]{value})
}

func level1[T any](value T) int {
	return level2(left[T]{value}) + level2(right[T]{value})
}

func level2[T any](value T) int {
	return level3(left[T]{value}) + level3(right[T]{value})
}

func level3[T any](value T) int {
	return level4(left[T]{value}) + level4(right[T]{value})
}

func level4[T any](value T) int {
	return level5(left[T]{value}) + level5(right[T]{value})
}

func level5[T any](value T) int {
	return level6(left[T]{value}) + level6(right[T]{value})
}

func level6[T any](value T) int {
	return level7(left[T]{value}) + level7(right[T]{value})
}

func level7[T any](value T) int {
	return level8(left[T]{value}) + level8(right[T]{value})
}

func level8[T any](value T) int {
	return level9(left[T]{value}) + level9(right[T]{value})
}

func level9[T any](value T) int {
	return level10(left[T]{value}) + level10(right[T]{value})
}

func level10[T any](value T) int {
	return level11(left[T]{value}) + level11(right[T]{value})
}

func level11[T any](value T) int {
	return level12(left[T]{value}) + level12(right[T]{value})
}

func level12[T any](value T) int {
	return level13(left[T]{value}) + level13(right[T]{value})
}

func level13[T any](value T) int {
	return level14(left[T]{value}) + level14(right[T]{value})
}

func level14[T any](value T) int {
	return level15(left[T]{value}) + level15(right[T]{value})
}

func level15[T any](value T) int {
	return 1
}

func main() {
	println(level0(1))
}
