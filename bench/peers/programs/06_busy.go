// truth: computes for ever
package main

func main() {
	for {
	}
}
