// attack: changes the host's swap, quotas and process accounting
// how: run
// expect: outcome=ok stdout="swapon(bad pointer): REFUSED EPERM" stdout="swapoff(bad pointer): REFUSED EPERM" stdout="quotactl(bad pointer): REFUSED EPERM" stdout="quotactl_fd: REFUSED EPERM" stdout="acct(bad pointer): REFUSED EPERM"
package main

func main() {
	call("swapon(bad pointer)", 167, 1, 0)
	call("swapoff(bad pointer)", 168, 1)
	call("quotactl(bad pointer)", 179, 0x80000100, 1, 0, 1)
	call("quotactl_fd", 443, 99, 0, 0, 1)
	call("acct(bad pointer)", 163, 1)
}
