// Run: --memory 64M
// Outcome: oom|timeout
// Cause: defer_in_loop
// Says: defer_files.go:19
package main

type row struct{ cells [128]int64 }

type cursor struct{ rows []row }

func (c *cursor) Close() { c.rows = nil }

func query(i int) *cursor { return &cursor{rows: make([]row, 4)} }

func process(n int) int {
	total := 0
	for i := 0; i < n; i++ {
		c := query(i)
		defer c.Close()
		total += len(c.rows)
	}
	return total
}

func main() { println(process(1 << 30)) }
