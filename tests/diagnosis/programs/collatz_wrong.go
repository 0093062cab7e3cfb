// Run: --run-timeout 1s
// Outcome: timeout
// Cause: busy|endless_loop
// Says: collatz_wrong.go
package main

func steps(n int) (count int) {
	for n != 1 {
		if n%2 == 0 {
			n /= 2
		} else {
			n = 3*n - 1
		}
		count++
	}
	return count
}

func main() { println(steps(7)) }
