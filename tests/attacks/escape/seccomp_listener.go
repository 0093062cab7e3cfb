// attack: puts its own listener in front of the supervisor's
// how: run
// expect: outcome=ok stdout="seccomp(new listener): REFUSED EPERM"
package main

func main() {
	call("seccomp(new listener)", 317, 1, 8, 1)
}
