// Run: --memory 64M
// Outcome: oom
// Cause: deep_stacks|goroutine_leak
// Says: stacks
package main

import "time"

func down(n int, c chan int) int {
	var pad [512]byte
	pad[n%512] = 1
	if n == 0 {
		<-c
		return int(pad[3])
	}
	return down(n-1, c) + int(pad[7])
}

func main() {
	c := make(chan int)
	for i := 0; i < 64; i++ {
		go down(3000, c)
		time.Sleep(time.Millisecond)
	}
	time.Sleep(5 * time.Second)
}
