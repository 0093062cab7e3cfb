// attack: makes the kernel load rarely used protocols
// how: run
// expect: outcome=ok stdout="socket(SCTP): REFUSED EPROTONOSUPPORT" stdout="socket(MPTCP): REFUSED EPROTONOSUPPORT" stdout="socket(UDP-Lite): REFUSED EPROTONOSUPPORT" stdout="socket(DCCP): REFUSED EAFNOSUPPORT"
package main

func main() {
	call("socket(SCTP)", 41, 2, 1, 132)
	call("socket(MPTCP)", 41, 2, 1, 262)
	call("socket(UDP-Lite)", 41, 2, 2, 136)
	call("socket(DCCP)", 41, 2, 6, 33)
}
