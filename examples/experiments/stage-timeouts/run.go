// Hangs while it runs.
package main

func main() {
	for i := 0; ; i++ {
		if i < 0 {
			println(i)
		}
	}
}
