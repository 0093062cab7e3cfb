// attack: raises the resource limits it was given
// how: run
// expect: outcome=ok stdout="RLIMIT_CORE: REFUSED EPERM" stdout="RLIMIT_NOFILE: REFUSED EPERM" stdout="RLIMIT_FSIZE: REFUSED EPERM" stdout="RLIMIT_MSGQUEUE: REFUSED EPERM" stdout="nice -20: REFUSED" stdout="SCHED_FIFO: REFUSED EPERM"
package main

import "unsafe"

func main() {
	for name, number := range map[string]uintptr{"RLIMIT_CORE": 4, "RLIMIT_NOFILE": 7, "RLIMIT_FSIZE": 1, "RLIMIT_MSGQUEUE": 12, "RLIMIT_MEMLOCK": 8} {
		limit := [2]uint64{1 << 40, 1 << 40}
		call(name, 302, 0, number, uintptr(unsafe.Pointer(&limit)), 0)
	}
	minus := -20
	call("nice -20", 141, 0, 0, uintptr(minus))
	priority := [1]int32{50}
	call("SCHED_FIFO", 144, 0, 1, uintptr(unsafe.Pointer(&priority)))
	call("oom_score_adj", 2, text("/proc/self/oom_score_adj"), 1, 0)
}
