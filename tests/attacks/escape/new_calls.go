// attack: makes calls newer than the filter
// how: run
// expect: outcome=ok stdout="call 444: REFUSED ENOSYS" stdout="call 445: REFUSED ENOSYS" stdout="call 446: REFUSED ENOSYS" stdout="call 456: REFUSED ENOSYS" stdout="call 460: REFUSED ENOSYS" stdout="call 461: REFUSED ENOSYS" stdout="call 462: REFUSED ENOSYS" stdout="call 463: REFUSED ENOSYS" stdout="call 470: REFUSED ENOSYS" stdout="call 500: REFUSED ENOSYS" stdout="call 547: REFUSED ENOSYS" stdout="call 600: REFUSED ENOSYS"
package main

func main() {
	call("call 444", 444, 0, 0, 0, 0, 0, 0)
	call("call 445", 445, 0, 0, 0, 0, 0, 0)
	call("call 446", 446, 0, 0, 0, 0, 0, 0)
	call("call 456", 456, 0, 0, 0, 0, 0, 0)
	call("call 460", 460, 0, 0, 0, 0, 0, 0)
	call("call 461", 461, 0, 0, 0, 0, 0, 0)
	call("call 462", 462, 0, 0, 0, 0, 0, 0)
	call("call 463", 463, 0, 0, 0, 0, 0, 0)
	call("call 470", 470, 0, 0, 0, 0, 0, 0)
	call("call 500", 500, 0, 0, 0, 0, 0, 0)
	call("call 547", 547, 0, 0, 0, 0, 0, 0)
	call("call 600", 600, 0, 0, 0, 0, 0, 0)
}
