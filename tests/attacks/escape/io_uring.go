// attack: makes calls through a ring that no filter sees
// how: run
// expect: outcome=ok stdout="io_uring_setup(bad pointer): REFUSED EPERM" stdout="io_uring_enter: REFUSED EPERM" stdout="io_uring_register: REFUSED EPERM"
package main

func main() {
	call("io_uring_setup(bad pointer)", 425, 1, 1)
	call("io_uring_enter", 426, 99, 0, 0, 0, 0, 0)
	call("io_uring_register", 427, 99, 0, 0, 0)
}
