// attack: presses the magic key; h only prints a help text to the log
// how: run
// expect: outcome=ok stdout="/proc/sysrq-trigger: REFUSED"
package main

import "os"

func main() {
	attempt("/proc/sysrq-trigger", os.WriteFile("/proc/sysrq-trigger", []byte("h"), 0))
}
