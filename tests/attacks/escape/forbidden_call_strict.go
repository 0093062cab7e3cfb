// attack: makes a forbidden call under the strict policy, which names it
// how: run
// flags: --policy strict
// expect: outcome=policy_violation syscall=mount
package main

func main() {
	call("mount", 165, 1, 1, 1, 0, 0)
}
