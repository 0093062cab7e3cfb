// attack: finds a capability, an id or a privilege that was left
// how: run
// expect: outcome=ok stdout="CapEff: REFUSED" stdout="CapBnd: REFUSED" stdout="CapAmb: REFUSED" stdout="CapInh: REFUSED" stdout="NoNewPrivs: REFUSED" stdout="Seccomp: REFUSED" stdout="Groups: REFUSED" stdout="secure bits: REFUSED"
package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

func main() {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		fmt.Println(err)
		return
	}
	want := map[string]string{"CapInh": "0000000000000000", "CapPrm": "0000000000000000", "CapEff": "0000000000000000", "CapBnd": "0000000000000000", "CapAmb": "0000000000000000", "NoNewPrivs": "1", "Seccomp": "2", "Groups": ""}
	for _, line := range strings.Split(string(text), "\n") {
		parts := strings.SplitN(line, ":", 2)
		if value, known := want[parts[0]]; known {
			expect(parts[0], strings.TrimSpace(parts[1]) == value)
		}
	}
	// No rights by being root, none by taking ids, none by raising ambient ones; all locked.
	const getSecureBits, locked = 27, 0xef
	bits, _, _ := syscall.Syscall(syscall.SYS_PRCTL, getSecureBits, 0, 0)
	expect("secure bits", bits == locked)
}
