// Colours of a terminal.
package main

import "fmt"

func main() {
	for colour := 31; colour <= 36; colour++ {
		fmt.Printf("\x1b[%dm plain \x1b[1m bold \x1b[0m\x1b[%dm\x1b[4m underlined \x1b[0m\n", colour, colour)
	}
}
