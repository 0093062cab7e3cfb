// attack: reads the kernel's memory, symbols and tables
// how: run
// expect: outcome=ok stdout="/proc/kcore: REFUSED" stdout="/proc/kallsyms: REFUSED" stdout="/dev/mem: REFUSED" stdout="/proc/keys: REFUSED"
package main

import "os"

func main() {
	for _, path := range []string{"/proc/kcore", "/proc/kallsyms", "/proc/kmsg", "/proc/keys", "/proc/key-users", "/proc/timer_list", "/proc/sched_debug", "/proc/latency_stats", "/proc/modules", "/proc/meminfo", "/proc/cmdline", "/proc/config.gz", "/proc/acpi", "/proc/scsi", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/asound", "/sys", "/sys/firmware", "/sys/kernel", "/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/dev/kvm", "/dev/vda", "/dev/tty", "/dev/console", "/dev/ptmx", "/dev/fuse", "/dev/net/tun", "/dev/loop-control", "/dev/rtc0", "/dev/userfaultfd"} {
		file, err := os.Open(path)
		if err == nil {
			file.Close()
		}
		attempt(path, err)
	}
}
