// Run: --memory 64M
// Outcome: oom
// Cause: goroutine_leak
package main

func main() {
	block := make(chan struct{})
	for {
		go func() {
			<-block
		}()
	}
}
