// attack: gives itself addresses and interfaces
// how: run
// expect: outcome=ok stdout="RTM_NEWADDR: REFUSED EPERM" stdout="RTM_NEWLINK: REFUSED EPERM" stdout="RTM_NEWROUTE: REFUSED EPERM"
package main

import (
	"encoding/binary"
	"syscall"
)

func main() {
	for name, kind := range map[string]uint16{"RTM_NEWLINK": 16, "RTM_NEWADDR": 20, "RTM_NEWROUTE": 24} {
		fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW, 0)
		if err != nil {
			attempt(name, err)
			continue
		}
		message := make([]byte, 48)
		binary.LittleEndian.PutUint32(message[0:], 48)
		binary.LittleEndian.PutUint16(message[4:], kind)
		binary.LittleEndian.PutUint16(message[6:], 0x605)
		syscall.Sendto(fd, message, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK})
		answer := make([]byte, 4096)
		n, _, err := syscall.Recvfrom(fd, answer, 0)
		if err != nil || n < 20 {
			attempt(name, err)
			continue
		}
		code := int32(binary.LittleEndian.Uint32(answer[16:]))
		if code == 0 {
			attempt(name, nil)
		} else {
			attempt(name, syscall.Errno(-code))
		}
	}
}
