// attack: samples the kernel and other processes
// how: run
// expect: outcome=ok stdout="perf_event_open(bad pointer): REFUSED EPERM"
package main

func main() {
	call("perf_event_open(bad pointer)", 298, 1, 0, 0xffffffff, 0xffffffff, 0)
}
