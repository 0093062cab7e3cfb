// attack: demands a processor core for itself, sibling thread and all, twice what its CPU limit grants
// how: run
// expect: outcome=ok stdout="PR_SCHED_CORE: REFUSED EPERM"
package main

func main() {
	const create, forItself, process = 1, 0, 1
	call("PR_SCHED_CORE", 157, 62, create, forItself, process, 0)
}
