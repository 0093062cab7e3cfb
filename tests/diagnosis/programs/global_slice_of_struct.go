// Run: --memory 64M
// Outcome: oom
// Cause: unbounded_append
// Says: metrics.points
package main

import "time"

type point struct {
	at time.Time
	v  float64
}

var metrics struct{ points []point }

func observe(v float64) { metrics.points = append(metrics.points, point{time.Now(), v}) }

func main() {
	for i := 0.0; ; i++ {
		observe(i)
	}
}
