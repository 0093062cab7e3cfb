// attack: changes the root of its mount namespace
// how: run
// expect: outcome=ok stdout="pivot_root(bad pointer): REFUSED EPERM" stdout="pivot_root: REFUSED EPERM"
package main

func main() {
	call("pivot_root(bad pointer)", 155, 1, 1)
	call("pivot_root", 155, text("/work"), text("/work"))
}
