// Sixteen bytes are kept of every megabyte, and with them the megabyte.
//
//	sandbox-run --memory 64M examples/diagnosis/small_slice_of_big.go
//
// Outcome: oom. First hint: slice_retention.
package main

import "time"

var headers [][]byte

func download(n int) []byte {
	body := make([]byte, 1<<20)
	for i := range body {
		body[i] = byte(i + n)
	}
	return body
}

func main() {
	for n := 0; ; n++ {
		body := download(n)
		headers = append(headers, body[:16])
		time.Sleep(5 * time.Millisecond)
	}
}
