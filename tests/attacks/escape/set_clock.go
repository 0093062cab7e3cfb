// attack: sets the clock that all see; the values are invalid, so that not even success would
// how: run
// expect: outcome=ok stdout="settimeofday(bad pointer): REFUSED EPERM" stdout="clock_settime(bad pointer): REFUSED EPERM" stdout="adjtimex(bad pointer): REFUSED EPERM" stdout="clock_adjtime(bad pointer): REFUSED EPERM"
package main

func main() {
	call("settimeofday(bad pointer)", 164, 1, 0)
	call("clock_settime(bad pointer)", 227, 0, 1)
	call("adjtimex(bad pointer)", 159, 1)
	call("clock_adjtime(bad pointer)", 305, 0, 1)
}
