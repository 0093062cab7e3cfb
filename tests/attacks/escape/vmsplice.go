// attack: hands its own pages to a pipe (a way to overwrite the page cache before now)
// how: run
// expect: outcome=ok stdout="vmsplice(bad fd): REFUSED EPERM"
package main

func main() {
	call("vmsplice(bad fd)", 278, 99, 1, 1, 0)
}
