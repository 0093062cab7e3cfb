// Run: --memory 64M
// Outcome: oom
// Cause: slice_retention
package main

var headers = map[int][]byte{}

func read(i int) []byte {
	packet := make([]byte, 64<<10)
	packet[0] = byte(i)
	return packet
}

func main() {
	for i := 0; ; i++ {
		p := read(i)
		headers[i] = p[:16]
	}
}
