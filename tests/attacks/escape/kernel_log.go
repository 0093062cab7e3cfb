// attack: reads and clears the kernel's log
// how: run
// expect: outcome=ok stdout="syslog(read all): REFUSED EPERM" stdout="syslog(size): REFUSED EPERM"
package main

func main() {
	call("syslog(read all)", 103, 3, 1, 16)
	call("syslog(size)", 103, 10, 0, 0)
}
