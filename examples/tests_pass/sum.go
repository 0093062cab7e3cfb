// Package sum is here to be tested.
package sum

// Of returns the sum of numbers.
func Of(numbers ...int) int {
	total := 0
	for _, number := range numbers {
		total += number
	}
	return total
}
