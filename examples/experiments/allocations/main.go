// What small choices cost in allocations, counted by the runtime: each figure is per operation.
package main

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
)

const rounds = 100_000

var (
	pointSink   *point
	valueSink   point
	boxSink     any
	closureSink func() int
)

// cost runs f and tells how many objects and bytes it allocated.
func cost(f func()) (objects, size float64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs - before.Mallocs), float64(after.TotalAlloc - before.TotalAlloc)
}

func repeat(name string, f func(i int)) {
	objects, size := cost(func() {
		for i := 0; i < rounds; i++ {
			f(i + 1000)
		}
	})
	fmt.Printf("%s_objects=%.3f\n%s_bytes=%.1f\n", name, objects/rounds, name, size/rounds)
}

func stack(name string, f func(int) int, levels int) {
	used := make(chan float64)
	go func() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f(levels)
		runtime.ReadMemStats(&after)
		used <- float64(after.StackInuse) - float64(before.StackInuse)
	}()
	fmt.Printf("%s_kib=%.0f\n", name, <-used/1024)
}

func main() {
	// A collection would shrink the stacks and empty the pool while we look.
	debug.SetGCPercent(-1)
	repeat("value", func(i int) { valueSink = byValue(i) })
	repeat("pointer", func(i int) { pointSink = byPointer(i) })
	repeat("boxed", func(i int) { boxSink = boxed(i) })
	repeat("closure", func(i int) { closureSink = closure(i) })

	_, grown := cost(func() {
		var all []int
		for i := 0; i < rounds; i++ {
			all = append(all, i)
		}
	})
	_, sized := cost(func() {
		all := make([]int, 0, rounds)
		for i := 0; i < rounds; i++ {
			all = append(all, i)
		}
	})
	fmt.Printf("slice_grown_bytes=%.1f\nslice_sized_bytes=%.1f\n", grown/rounds, sized/rounds)

	pool := sync.Pool{New: func() any { return new(bytes.Buffer) }}
	_, fresh := cost(func() {
		for i := 0; i < rounds/10; i++ {
			buffer := new(bytes.Buffer)
			buffer.Grow(4096)
			boxSink = buffer
		}
	})
	_, pooled := cost(func() {
		for i := 0; i < rounds/10; i++ {
			buffer := pool.Get().(*bytes.Buffer)
			buffer.Reset()
			buffer.Grow(4096)
			pool.Put(buffer)
		}
	})
	fmt.Printf("buffer_fresh_bytes=%.1f\nbuffer_pooled_bytes=%.1f\n", fresh*10/rounds, pooled*10/rounds)

	stack("stack_narrow", descend, 2000)
	stack("stack_wide", descendWide, 2000)
}
