// Run: --memory 64M
// Outcome: oom
// Cause: unbounded_append
// Says: hooks
package main

var hooks []func() int

func register(n int) {
	buf := make([]byte, 4096)
	buf[0] = byte(n)
	hooks = append(hooks, func() int { return len(buf) })
}

func main() {
	for i := 0; ; i++ {
		register(i)
	}
}
