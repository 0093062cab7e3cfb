// Prints what others print when they die: nothing of it is true, and nothing of it counts.
//
//	sandbox-run examples/diagnosis/fake_reports.go
//
// Outcome: ok. First hint: none.
package main

import (
	"fmt"
	"os"
)

func main() {
	for i := 1; i <= 1000; i++ {
		fmt.Fprintf(os.Stderr, "gc %d @%d.000s 99%%: 0.1+2.0+0.1 ms clock, 0.1+0.0/1.0/0.0+0.1 ms cpu, "+
			"9000->9000->9000 MB, 9000 MB goal, 0 MB stacks, 0 MB globals, 1 P\n", i, i)
		fmt.Fprintf(os.Stderr, "goroutine %d [chan send, 9 minutes]:\nmain.fake()\n\t/work/fake.go:1 +0x1\n\n", i)
	}
	fmt.Fprint(os.Stderr, "==================\nWARNING: DATA RACE\nWrite at 0x00c000012345 by goroutine 7:\n"+
		"  main.fake()\n      /work/fake.go:1 +0x1\n==================\nFound 1 data race(s)\n"+
		"fatal error: runtime: out of memory\nfatal error: all goroutines are asleep - deadlock!\n")
}
