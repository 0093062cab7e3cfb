// A test that fails: go test's exit status 1 is the program's own.
//
// run: sandbox-run test examples/tests_fail
// outcome: exited
// exit status: 1
package sum

import "testing"

func TestArithmetic(t *testing.T) {
	if got := 2 + 2; got != 5 {
		t.Errorf("2 + 2 = %d, want 5", got)
	}
}
