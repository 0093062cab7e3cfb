// attack: asks the kernel's other netlink families
// how: run
// expect: outcome=ok stdout="socket(NETLINK_NETFILTER): REFUSED EAFNOSUPPORT" stdout="socket(NETLINK_KOBJECT_UEVENT): REFUSED EAFNOSUPPORT" stdout="socket(NETLINK_AUDIT): REFUSED EAFNOSUPPORT" stdout="socket(NETLINK_GENERIC): REFUSED EAFNOSUPPORT" stdout="socket(NETLINK_XFRM): REFUSED EAFNOSUPPORT" stdout="socket(NETLINK_SOCK_DIAG): REFUSED EAFNOSUPPORT"
package main

func main() {
	call("socket(NETLINK_NETFILTER)", 41, 16, 3, 12)
	call("socket(NETLINK_KOBJECT_UEVENT)", 41, 16, 3, 15)
	call("socket(NETLINK_AUDIT)", 41, 16, 3, 9)
	call("socket(NETLINK_GENERIC)", 41, 16, 3, 16)
	call("socket(NETLINK_XFRM)", 41, 16, 3, 6)
	call("socket(NETLINK_SOCK_DIAG)", 41, 16, 3, 4)
}
