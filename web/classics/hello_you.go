// Asks and is answered: type a line below the output.
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	fmt.Println("What is your name?")
	for in.Scan() {
		fmt.Printf("Hello, %s. Anybody else?\n", in.Text())
	}
	fmt.Println("Goodbye.")
}
